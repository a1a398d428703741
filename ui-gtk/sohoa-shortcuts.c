#include "sohoa-shortcuts.h"

#include <glib/gi18n.h>

/* Only Ctrl, Alt and F keys (and Page Up/Down, Escape while paper moves): letters belong to typing (Telex, VNI). */
typedef struct { const char *action, *keys[3], *shown, *text; } Key; /* @shown NULL: as the keys */

static const Key scan_keys[] = {
  { "win.scan", { "F5", NULL }, NULL, N_("Quét, quét tiếp (khay không có tài liệu mật)") },
  { "win.stop", { "Escape", NULL }, NULL, N_("Dừng máy quét") },
  { NULL, { NULL }, "<Alt>1...9", N_("Chọn kiểu quét") },
};
static const Key check_keys[] = {
  { "win.next-doubt", { "F8", NULL }, NULL, N_("Mục cần kiểm tra tiếp theo") },
  { "win.previous-doubt", { "<Shift>F8", NULL }, NULL, N_("Mục cần kiểm tra trước") },
  { "win.confirm", { "<Control>Return", "<Control>KP_Enter", NULL }, NULL, N_("Xác nhận, sang văn bản tiếp theo") },
  { "win.next-page", { "Page_Down", NULL }, NULL, N_("Trang sau") },
  { "win.previous-page", { "Page_Up", NULL }, NULL, N_("Trang trước") },
  { "win.next-document", { "<Control>Page_Down", NULL }, NULL, N_("Văn bản sau") },
  { "win.previous-document", { "<Control>Page_Up", NULL }, NULL, N_("Văn bản trước") },
  { "win.zoom-in", { "<Control>plus", "<Control>KP_Add", NULL }, NULL, N_("Phóng to trang") },
  { "win.zoom-out", { "<Control>minus", "<Control>KP_Subtract", NULL }, NULL, N_("Thu nhỏ trang") },
  { "win.zoom-fit", { "<Control>0", NULL }, NULL, N_("Vừa chiều ngang") },
};
static const Key desk_keys[] = {
  { "win.sign", { "F7", NULL }, NULL, N_("Ký số các văn bản đã xác nhận") },
  { "win.stamp", { "<Control>g", NULL }, NULL, N_("Ghi số lên dấu ĐẾN") },
  { "win.view(uint32 0)", { "<Control>1", NULL }, NULL, N_("Quét") },
  { "win.view(uint32 1)", { "<Control>2", NULL }, NULL, N_("Kiểm tra") },
  { "win.view(uint32 2)", { "<Control>3", NULL }, NULL, N_("Đang xử lý") },
  { "win.view(uint32 3)", { "<Control>4", NULL }, NULL, N_("Sổ văn bản đến") },
  { "win.search", { "<Control>f", NULL }, NULL, N_("Tìm văn bản") },
  { "win.print", { "<Control>p", NULL }, NULL, N_("In sổ văn bản đến") },
  { "win.shortcuts", { "<Control>question", "F1", NULL }, NULL, N_("Danh sách phím tắt") },
  { "app.quit", { "<Control>q", NULL }, NULL, N_("Đóng bàn số hóa (không mất việc đang làm)") },
};
static const struct { const char *title; const Key *keys; gsize n; } groups[] = {
  { N_("Quét"), scan_keys, G_N_ELEMENTS (scan_keys) },
  { N_("Kiểm tra"), check_keys, G_N_ELEMENTS (check_keys) },
  { N_("Cả bàn làm việc"), desk_keys, G_N_ELEMENTS (desk_keys) },
};

void
sohoa_shortcuts_install (GtkApplication *app)
{
  for (gsize g = 0; g < G_N_ELEMENTS (groups); g++)
    for (gsize i = 0; i < groups[g].n; i++)
      if (groups[g].keys[i].action != NULL)
        gtk_application_set_accels_for_action (app, groups[g].keys[i].action, (const char *const *) groups[g].keys[i].keys);
  for (guint n = 1; n <= 9; n++) {
    g_autofree char *action = g_strdup_printf ("win.profile(uint32 %u)", n);
    g_autofree char *key = g_strdup_printf ("<Alt>%u", n);

    gtk_application_set_accels_for_action (app, action, (const char *[]){ key, NULL });
  }
}

static char *
accelerator (const Key *key)
{
  return key->shown != NULL ? g_strdup (key->shown) : g_strjoinv (" ", (char **) key->keys);
}

void
sohoa_shortcuts_show (GtkWindow *parent)
{
  GtkWidget *window = g_object_new (GTK_TYPE_SHORTCUTS_WINDOW, "transient-for", parent, "modal", TRUE, NULL);
  GtkWidget *section = g_object_new (GTK_TYPE_SHORTCUTS_SECTION, "section-name", "desk", "visible", TRUE, "max-height", 14, NULL);

  for (gsize g = 0; g < G_N_ELEMENTS (groups); g++) {
    GtkWidget *group = g_object_new (GTK_TYPE_SHORTCUTS_GROUP, "title", gettext (groups[g].title), NULL);

    for (gsize i = 0; i < groups[g].n; i++) {
      g_autofree char *keys = accelerator (&groups[g].keys[i]);

      gtk_box_append (GTK_BOX (group), g_object_new (GTK_TYPE_SHORTCUTS_SHORTCUT, "accelerator", keys, "title",
                                                     gettext (groups[g].keys[i].text), NULL));
    }
    gtk_box_append (GTK_BOX (section), group);
  }
  gtk_window_set_child (GTK_WINDOW (window), section);
  gtk_window_present (GTK_WINDOW (window));
}
