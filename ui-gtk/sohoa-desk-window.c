#include "sohoa-desk-window.h"

#include "sohoa-check-view.h"
#include "sohoa-picture.h"
#include "sohoa-queue-view.h"
#include "sohoa-register-view.h"
#include "sohoa-scan-view.h"
#include "sohoa-shortcuts.h"
#include "sohoa-sign-dialog.h"
#include "sohoa-stamp-window.h"
#include "sohoa-words.h"

#include "config.h"

#define WINDOW_WIDTH 1280
#define WINDOW_HEIGHT 860
#define TOAST_S 6

static const char *const views[] = { "scan", "check", "queue", "register" };

struct _SohoaDeskWindow {
  AdwApplicationWindow parent;
  SohoaDeskBus    *bus;   /* (owned) */
  SohoaBatchModel *batch; /* (owned) */
  SohoaListModel  *list;  /* (owned) */
  AdwViewStack    *stack;
  GtkWidget       *scan, *check, *queue, *book, *toasts, *status, *offline, *sign;
};

G_DEFINE_FINAL_TYPE (SohoaDeskWindow, sohoa_desk_window, ADW_TYPE_APPLICATION_WINDOW)

static void
sohoa_desk_window_dispose (GObject *object)
{
  SohoaDeskWindow *self = SOHOA_DESK_WINDOW (object);

  if (self->bus != NULL) {
    g_signal_handlers_disconnect_by_data (self->bus, self);
    g_signal_handlers_disconnect_by_data (self->batch, self);
    g_signal_handlers_disconnect_by_data (self->list, self);
  }
  g_clear_object (&self->list);
  g_clear_object (&self->batch);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (sohoa_desk_window_parent_class)->dispose (object);
}

static void
sohoa_desk_window_class_init (SohoaDeskWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_desk_window_dispose;
}

static gboolean
is_shown (SohoaDeskWindow *self, guint view)
{
  return g_strcmp0 (adw_view_stack_get_visible_child_name (self->stack), views[view]) == 0;
}

/* ---- saying ---- */

static void
tell (SohoaDeskWindow *self, const char *text)
{
  g_autofree char *safe = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (safe);

  adw_toast_set_timeout (toast, TOAST_S);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (self->toasts), toast);
}

static void
on_message (GtkWidget *view, const char *text, SohoaDeskWindow *self)
{
  tell (self, text);
}

static void
on_batch_failed (SohoaBatchModel *batch, const char *text, SohoaDeskWindow *self)
{
  tell (self, text);
}

static void
on_settled (SohoaListModel *list, SohoaRowItem *row, SohoaDeskWindow *self)
{
  gboolean refused = g_str_equal (row->state, "refused");
  g_autofree char *text = refused ? g_strdup_printf (_("QLVB từ chối tiếp nhận %s: “%s”. Mở Đang xử lý, bấm Sửa và chuyển lại."), row->number, row->reason)
                                  : g_strdup_printf (_("QLVB đã tiếp nhận %s. Số đến %s. Ghi số này lên dấu ĐẾN (Ctrl+G)."), row->number, row->arrival);
  GApplication *app = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));

  tell (self, text);
  if (app != NULL && !gtk_window_is_active (GTK_WINDOW (self))) {
    g_autoptr(GNotification) notification = g_notification_new (refused ? _("Từ chối tiếp nhận") : _("Đã tiếp nhận"));

    g_notification_set_body (notification, text);
    g_application_send_notification (app, row->id, notification);
  }
}

static void
set_enabled (SohoaDeskWindow *self, const char *action, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), action)), enabled);
}

/* Counts, device, destination: text, not only colour. */
static void
update (SohoaDeskWindow *self)
{
  g_autofree char *count = sohoa_batch_model_dup_count (self->batch);
  guint waiting = sohoa_list_model_count (self->list, SOHOA_LIST_REVIEW), sign = sohoa_list_model_count (self->list, SOHOA_LIST_SIGN);
  guint working = sohoa_list_model_count (self->list, SOHOA_LIST_WORKING), trouble = sohoa_list_model_count (self->list, SOHOA_LIST_TROUBLE);
  GVariant *devices = sohoa_batch_model_peek_devices (self->batch);
  g_autofree char *line = g_strdup_printf (_("%s   ·   Chờ kiểm tra %u · Chờ ký số %u · Đang xử lý %u · Cần xử lý %u   ·   %s"), count, waiting, sign,
                                           working, trouble,
                                           devices != NULL && g_variant_n_children (devices) > 0 ? _("Máy quét sẵn sàng") : _("Chưa thấy máy quét"));
  g_autofree char *button = g_strdup_printf (_("Ký số %u  (F7)"), sign);
  AdwViewStackPage *page = adw_view_stack_get_page (self->stack, self->check);

  gtk_label_set_text (GTK_LABEL (self->status), line);
  sohoa_name_widget (self->status, line);
  gtk_button_set_label (GTK_BUTTON (self->sign), button);
  sohoa_name_widget (self->sign, _("Ký số"));
  adw_view_stack_page_set_badge_number (page, waiting);
  adw_view_stack_page_set_badge_number (adw_view_stack_get_page (self->stack, self->queue), trouble);
  adw_view_stack_page_set_needs_attention (page, waiting > 0);
  set_enabled (self, "sign", sign > 0);
  set_enabled (self, "stop", sohoa_batch_model_is_feeding (self->batch));
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->offline), !sohoa_desk_bus_is_online (self->bus));
}

static void
on_changed (GObject *source, SohoaDeskWindow *self)
{
  update (self);
}

static void
on_online (SohoaDeskBus *bus, SohoaDeskWindow *self)
{
  if (sohoa_desk_bus_is_online (bus)) {
    sohoa_batch_model_refresh (self->batch);
    sohoa_list_model_refresh (self->list);
  }
  update (self);
}

static void
on_open (SohoaQueueView *queue, const char *id, SohoaDeskWindow *self)
{
  sohoa_check_view_open (SOHOA_CHECK_VIEW (self->check), id);
  adw_view_stack_set_visible_child_name (self->stack, "check");
}

static void
on_view (GObject *stack, GParamSpec *pspec, SohoaDeskWindow *self)
{
  if (is_shown (self, 3))
    sohoa_register_view_refresh (SOHOA_REGISTER_VIEW (self->book));
  if (is_shown (self, 1) && sohoa_check_view_peek_id (SOHOA_CHECK_VIEW (self->check))[0] == '\0')
    sohoa_list_model_refresh (self->list);
}

/* ---- acts ---- */

static void
act_scan (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  adw_view_stack_set_visible_child_name (SOHOA_DESK_WINDOW (self)->stack, "scan");
  sohoa_scan_view_scan (SOHOA_SCAN_VIEW (SOHOA_DESK_WINDOW (self)->scan));
}

static void
act_stop (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  sohoa_scan_view_stop (SOHOA_SCAN_VIEW (SOHOA_DESK_WINDOW (self)->scan));
}

static void
act_profile (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  sohoa_scan_view_choose_profile (SOHOA_SCAN_VIEW (SOHOA_DESK_WINDOW (self)->scan), g_variant_get_uint32 (parameter));
}

static void
act_doubt (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  adw_view_stack_set_visible_child_name (SOHOA_DESK_WINDOW (self)->stack, "check");
  sohoa_check_view_next_doubt (SOHOA_CHECK_VIEW (SOHOA_DESK_WINDOW (self)->check),
                               g_str_equal (g_action_get_name (G_ACTION (action)), "previous-doubt"));
}

static void
act_confirm (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  adw_view_stack_set_visible_child_name (SOHOA_DESK_WINDOW (self)->stack, "check");
  sohoa_check_view_confirm (SOHOA_CHECK_VIEW (SOHOA_DESK_WINDOW (self)->check));
}

static void
act_page (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  sohoa_check_view_turn_page (SOHOA_CHECK_VIEW (SOHOA_DESK_WINDOW (self)->check),
                              g_str_has_prefix (g_action_get_name (G_ACTION (action)), "next") ? 1 : -1);
}

static void
act_document (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  sohoa_check_view_turn_document (SOHOA_CHECK_VIEW (SOHOA_DESK_WINDOW (self)->check),
                                  g_str_has_prefix (g_action_get_name (G_ACTION (action)), "next") ? 1 : -1);
}

static void
act_zoom (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  const char *name = g_action_get_name (G_ACTION (action));

  sohoa_check_view_zoom (SOHOA_CHECK_VIEW (SOHOA_DESK_WINDOW (self)->check),
                         g_str_equal (name, "zoom-fit") ? 0 : g_str_equal (name, "zoom-in") ? 1.25 : 0.8);
}

static void
act_sign (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SohoaDeskWindow *self = data;

  sohoa_sign_dialog_show (GTK_WINDOW (self), self->bus, self->list);
}

static void
act_stamp (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SohoaDeskWindow *self = data;
  GVariant *info = sohoa_batch_model_peek_info (self->batch);
  g_auto(GStrv) documents = NULL;

  if (info != NULL)
    (void) g_variant_lookup (info, "documents", "^as", &documents);
  sohoa_stamp_window_show (GTK_WINDOW (self), self->list, (const char *const *) documents);
}

static void
act_view (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  guint which = g_variant_get_uint32 (parameter);

  if (which < G_N_ELEMENTS (views))
    adw_view_stack_set_visible_child_name (SOHOA_DESK_WINDOW (self)->stack, views[which]);
}

static void
act_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SohoaDeskWindow *self = data;

  if (is_shown (self, 3)) {
    sohoa_register_view_search (SOHOA_REGISTER_VIEW (self->book));
    return;
  }
  adw_view_stack_set_visible_child_name (self->stack, "queue");
  sohoa_queue_view_search (SOHOA_QUEUE_VIEW (self->queue));
}

static void
act_print (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SohoaDeskWindow *self = data;

  adw_view_stack_set_visible_child_name (self->stack, "register");
  sohoa_register_view_print (SOHOA_REGISTER_VIEW (self->book));
}

static void
act_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  sohoa_shortcuts_show (GTK_WINDOW (self));
}

static void
act_about (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  adw_show_about_window (GTK_WINDOW (self), "application-name", _("Bàn số hóa văn bản đến"), "application-icon", "scanner-symbolic",
                         "version", PACKAGE_VERSION, "comments", _("Sohoa: từ tờ giấy đến số đến trong QLVB."), NULL);
}

/* ---- building ---- */

static const GActionEntry entries[] = {
  { "scan", act_scan, NULL, NULL, NULL, { 0 } },
  { "stop", act_stop, NULL, NULL, NULL, { 0 } },
  { "profile", act_profile, "u", NULL, NULL, { 0 } },
  { "next-doubt", act_doubt, NULL, NULL, NULL, { 0 } },
  { "previous-doubt", act_doubt, NULL, NULL, NULL, { 0 } },
  { "confirm", act_confirm, NULL, NULL, NULL, { 0 } },
  { "next-page", act_page, NULL, NULL, NULL, { 0 } },
  { "previous-page", act_page, NULL, NULL, NULL, { 0 } },
  { "next-document", act_document, NULL, NULL, NULL, { 0 } },
  { "previous-document", act_document, NULL, NULL, NULL, { 0 } },
  { "zoom-in", act_zoom, NULL, NULL, NULL, { 0 } },
  { "zoom-out", act_zoom, NULL, NULL, NULL, { 0 } },
  { "zoom-fit", act_zoom, NULL, NULL, NULL, { 0 } },
  { "sign", act_sign, NULL, NULL, NULL, { 0 } },
  { "stamp", act_stamp, NULL, NULL, NULL, { 0 } },
  { "view", act_view, "u", NULL, NULL, { 0 } },
  { "search", act_search, NULL, NULL, NULL, { 0 } },
  { "print", act_print, NULL, NULL, NULL, { 0 } },
  { "shortcuts", act_shortcuts, NULL, NULL, NULL, { 0 } },
  { "about", act_about, NULL, NULL, NULL, { 0 } },
};

static void
sohoa_desk_window_init (SohoaDeskWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

static GtkWidget *
make_header (SohoaDeskWindow *self)
{
  GtkWidget *header = adw_header_bar_new (), *switcher = adw_view_switcher_new (), *menu = gtk_menu_button_new ();
  GtkWidget *stamp = gtk_button_new_with_label (_("Ghi số  (Ctrl+G)"));
  g_autoptr(GMenu) items = g_menu_new ();

  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (switcher), self->stack);
  adw_view_switcher_set_policy (ADW_VIEW_SWITCHER (switcher), ADW_VIEW_SWITCHER_POLICY_WIDE);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), switcher);
  self->sign = gtk_button_new_with_label ("");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->sign), "win.sign");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (stamp), "win.stamp");
  sohoa_name_widget (stamp, _("Ghi số lên dấu ĐẾN"));
  g_menu_append (items, _("Phím tắt"), "win.shortcuts");
  g_menu_append (items, _("In sổ văn bản đến"), "win.print");
  g_menu_append (items, _("Giới thiệu"), "win.about");
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (menu), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (menu), G_MENU_MODEL (items));
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (menu), TRUE);
  sohoa_name_widget (menu, _("Trình đơn"));
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), self->sign);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), stamp);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), menu);
  return header;
}

static void
add_view (SohoaDeskWindow *self, guint view, GtkWidget *widget, const char *title, const char *icon)
{
  AdwViewStackPage *page = adw_view_stack_add_titled (self->stack, widget, views[view], title);

  adw_view_stack_page_set_icon_name (page, icon);
  g_signal_connect (widget, "message", G_CALLBACK (on_message), self);
}

static void
make_views (SohoaDeskWindow *self)
{
  self->stack = ADW_VIEW_STACK (adw_view_stack_new ());
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  self->scan = sohoa_scan_view_new (self->bus, self->batch, self->list);
  self->check = sohoa_check_view_new (self->bus, self->list);
  self->queue = sohoa_queue_view_new (self->bus, self->list);
  self->book = sohoa_register_view_new (self->bus);
  add_view (self, 0, self->scan, _("Quét"), "scanner-symbolic");
  add_view (self, 1, self->check, _("Kiểm tra"), "document-edit-symbolic");
  add_view (self, 2, self->queue, _("Đang xử lý"), "view-list-symbolic");
  add_view (self, 3, self->book, _("Sổ văn bản đến"), "x-office-address-book-symbolic");
  g_signal_connect (self->queue, "open", G_CALLBACK (on_open), self);
  g_signal_connect (self->stack, "notify::visible-child", G_CALLBACK (on_view), self);
}

static GtkWidget *
make_offline (SohoaDeskWindow *self)
{
  g_autofree char *text = sohoa_words_fault ("Unavailable", 0);
  GtkWidget *label = sohoa_label (text, "offline", 0);

  self->offline = gtk_revealer_new ();
  gtk_revealer_set_child (GTK_REVEALER (self->offline), label);
  return self->offline;
}

static void
build (SohoaDeskWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  make_views (self);
  self->status = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "xalign", 0.0, "ellipsize",
                               PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_add_css_class (self->status, "status");
  self->toasts = adw_toast_overlay_new ();
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (self->toasts), GTK_WIDGET (self->stack));
  gtk_box_append (GTK_BOX (box), make_header (self));
  gtk_box_append (GTK_BOX (box), make_offline (self));
  gtk_box_append (GTK_BOX (box), self->toasts);
  gtk_box_append (GTK_BOX (box), self->status);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self), box);
}

GtkWidget *
sohoa_desk_window_new (GtkApplication *app, SohoaDeskBus *bus)
{
  SohoaDeskWindow *self = g_object_new (SOHOA_TYPE_DESK_WINDOW, "application", app, "title", _("Bàn số hóa văn bản đến"), "default-width",
                                        WINDOW_WIDTH, "default-height", WINDOW_HEIGHT, NULL);

  self->bus = g_object_ref (bus);
  self->batch = sohoa_batch_model_new (bus);
  self->list = sohoa_list_model_new (bus);
  build (self);
  g_signal_connect (self->batch, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->batch, "pages-changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->batch, "devices-changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->batch, "failed", G_CALLBACK (on_batch_failed), self);
  g_signal_connect (self->list, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->list, "settled", G_CALLBACK (on_settled), self);
  g_signal_connect (bus, "online-changed", G_CALLBACK (on_online), self);
  on_online (bus, self);
  (void) gtk_widget_child_focus (self->scan, GTK_DIR_TAB_FORWARD); /* Quét is where a day begins */
  return GTK_WIDGET (self);
}
