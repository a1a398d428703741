#include "sohoa-style.h"

static const char css[] =
  ".bar { padding: 12px 18px; }"
  ".big-button { font-size: 1.15em; font-weight: bold; padding: 10px 28px; }"
  ".notice { background: alpha(@warning_color, 0.18); padding: 10px 18px; border-top: 1px solid @warning_color;"
  "  border-bottom: 1px solid @warning_color; }"
  ".notice-text, .held-text { font-size: 1.1em; }"
  ".count { padding: 8px 18px; font-weight: bold; }"
  ".page-grid { background: transparent; padding: 6px 12px; }"
  ".thumb { background: white; border: 1px solid @borders; }"
  ".page-wait { color: rgba(0,0,0,0.65); }"
  ".strip-title { padding: 10px 12px 4px 12px; font-weight: bold; font-size: 0.9em; }"
  ".document-number { font-weight: bold; }"
  ".urgent { color: @error_color; font-weight: bold; }"
  ".page-desk { background: shade(@window_bg_color, 0.93); }"
  ".sheet { background: white; }"
  ".place { background: alpha(@accent_bg_color, 0.10); border: 1px solid alpha(@accent_bg_color, 0.55); border-radius: 3px;"
  "  min-height: 0; min-width: 0; padding: 0; box-shadow: none; }"
  ".place.reading-check { background: alpha(@warning_bg_color, 0.20); border-color: @warning_bg_color; }"
  ".place.chosen { border: 3px solid @accent_bg_color; background: alpha(@accent_bg_color, 0.16); }"
  ".fields { padding: 6px 12px 12px 12px; }"
  ".field { padding: 4px 6px; border-left: 3px solid transparent; }"
  ".field.unseen { border-left-color: @warning_color; }"
  ".field-name { font-size: 0.9em; }"
  ".badge { font-size: 0.8em; padding: 1px 8px; border-radius: 9px; background: alpha(currentColor, 0.08); }"
  "label.reading-clear { color: @success_color; } label.reading-check { color: @warning_color; font-weight: bold; }"
  "label.reading-none { color: @error_color; font-weight: bold; } label.reading-person { color: @accent_color; }"
  ".snippet { background: white; border: 1px solid @borders; border-radius: 4px; }"
  ".compare { padding: 10px 14px; border-bottom: 1px solid @borders; }"
  ".compare-value { font-size: 1.15em; font-weight: bold; }"
  ".foot { padding: 10px 14px; border-top: 1px solid @borders; }"
  ".pill-confirm { font-weight: bold; padding: 8px 16px; }"
  ".dialog-box { padding: 18px; }"
  ".sign-row { padding: 8px 10px; }"
  ".status { padding: 5px 18px; border-top: 1px solid @borders; font-size: 0.93em; }"
  ".tools { padding: 10px 18px; }"
  ".stamp-number { font-size: 88px; font-weight: bold; color: @error_color; }"
  ".stamp-box { border: 3px solid @error_color; border-radius: 6px; padding: 12px 48px; }"
  ".offline { background: @error_bg_color; color: @error_fg_color; padding: 8px 18px; font-weight: bold; }";

void
sohoa_style_load (GdkDisplay *display)
{
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_data (provider, css, -1);
  gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}
