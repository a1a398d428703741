/* sohoa-ask: one question of sohoa-agent to the person at the desk. Reads one JSON object from standard input, shows a window,
 * prints one JSON object (agent/sohoa-agent-ask.h). Closing the window is a no. It keeps nothing and asks no one else. */
#include "sohoa-picture.h"
#include "sohoa-style.h"

#include "sohoa-json.h"
#include "sohoa-time.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define QUESTION_MAX_BYTES (1024u * 1024)
#define WIDTH 560
#define LIST_HEIGHT 260
#define SHOWN_DIGEST_CHARS 16

typedef struct {
  JsonObject *question; /* (owned) */
  JsonObject *answer;   /* (owned) (nullable) of the button pressed */
  GtkWidget  *window, *box, *list, *pin, *number, *day, *file, *ok;
  char       *path;     /* (owned) (nullable) chosen file */
} Ask;

/* ---- the question ---- */

static const char *
text_of (const Ask *ask, const char *name)
{
  return sohoa_json_string (ask->question, name);
}

static gboolean
flag_of (JsonObject *object, const char *name)
{
  return json_object_get_boolean_member_with_default (object, name, FALSE);
}

static JsonArray *
array_of (const Ask *ask, const char *name)
{
  JsonNode *node = json_object_get_member (ask->question, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static void
add (Ask *ask, GtkWidget *widget)
{
  gtk_box_append (GTK_BOX (ask->box), widget);
}

static GtkWidget *
add_text (Ask *ask, const char *text, const char *style)
{
  GtkWidget *label = sohoa_label (text, style, 0);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  add (ask, label);
  return label;
}

/* ---- the answer ---- */

static void
finish (Ask *ask, JsonObject *answer)
{
  g_clear_pointer (&ask->answer, json_object_unref);
  ask->answer = answer;
  gtk_window_destroy (GTK_WINDOW (ask->window));
}

static JsonObject *
chosen_document (Ask *ask)
{
  JsonArray *documents = array_of (ask, "documents");
  GtkListBoxRow *row = ask->list != NULL ? gtk_list_box_get_selected_row (GTK_LIST_BOX (ask->list)) : NULL;

  return row != NULL ? json_array_get_object_element (documents, (guint) gtk_list_box_row_get_index (row)) : NULL;
}

static gboolean
wants_pin (Ask *ask)
{
  JsonObject *document = chosen_document (ask);

  return document != NULL ? flag_of (document, "needs-pin") : flag_of (ask->question, "needs-pin");
}

static void
on_sign (GtkWidget *widget, Ask *ask)
{
  JsonObject *answer, *document = chosen_document (ask);

  if (!gtk_widget_get_sensitive (ask->ok))
    return;
  answer = json_object_new ();
  json_object_set_boolean_member (answer, "ok", TRUE);
  if (document != NULL)
    json_object_set_string_member (answer, "id", sohoa_json_string (document, "id"));
  if (ask->path != NULL)
    json_object_set_string_member (answer, "path", ask->path);
  json_object_set_string_member (answer, "pin", wants_pin (ask) ? gtk_editable_get_text (GTK_EDITABLE (ask->pin)) : "");
  finish (ask, answer);
}

static void
on_scan (GtkWidget *widget, Ask *ask)
{
  JsonObject *answer = json_object_new ();

  json_object_set_boolean_member (answer, "scan", TRUE);
  finish (ask, answer);
}

static void
on_allow (GtkWidget *widget, Ask *ask)
{
  JsonObject *answer = json_object_new ();

  json_object_set_boolean_member (answer, "allow", TRUE);
  finish (ask, answer);
}

static void
on_number (GtkWidget *widget, Ask *ask)
{
  JsonObject *answer;

  if (!gtk_widget_get_sensitive (ask->ok))
    return;
  answer = json_object_new ();
  json_object_set_string_member (answer, "number", gtk_editable_get_text (GTK_EDITABLE (ask->number)));
  json_object_set_string_member (answer, "day", gtk_editable_get_text (GTK_EDITABLE (ask->day)));
  finish (ask, answer);
}

static void
on_settings (GtkWidget *widget, Ask *ask)
{
  JsonObject *answer = json_object_new ();
  JsonArray *forget = json_array_new ();

  for (GtkWidget *row = gtk_widget_get_first_child (ask->list); row != NULL; row = gtk_widget_get_next_sibling (row)) {
    GtkWidget *keep = g_object_get_data (G_OBJECT (row), "keep");

    if (keep != NULL && !gtk_switch_get_active (GTK_SWITCH (keep)))
      json_array_add_string_element (forget, g_object_get_data (G_OBJECT (row), "origin"));
  }
  json_object_set_array_member (answer, "forget", forget);
  finish (ask, answer);
}

/* ---- parts of the window ---- */

static void
add_buttons (Ask *ask, const char *no, const char *yes, GCallback on_yes)
{
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *cancel = gtk_button_new_with_label (no);

  ask->ok = gtk_button_new_with_label (yes);
  gtk_widget_add_css_class (ask->ok, "suggested-action");
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);
  if (json_object_has_member (ask->question, "documents")) {
    GtkWidget *scan = gtk_button_new_with_label (_("Quét tại bàn số hóa …"));

    g_signal_connect (scan, "clicked", G_CALLBACK (on_scan), ask);
    gtk_box_append (GTK_BOX (buttons), scan);
  }
  gtk_box_append (GTK_BOX (buttons), cancel);
  gtk_box_append (GTK_BOX (buttons), ask->ok);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_destroy), ask->window);
  g_signal_connect (ask->ok, "clicked", on_yes, ask);
  add (ask, buttons);
}

static GtkWidget *
make_entry (const char *name, const char *text)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  g_object_set (entry, "placeholder-text", name, NULL);
  sohoa_name_widget (entry, name);
  return entry;
}

static void
update_sign (Ask *ask)
{
  gboolean chosen = ask->list == NULL || chosen_document (ask) != NULL;
  gboolean file = !flag_of (ask->question, "choose-file") || ask->path != NULL;
  gboolean pin = wants_pin (ask);

  gtk_widget_set_visible (ask->pin, pin);
  gtk_widget_set_sensitive (ask->ok, chosen && file && (!pin || gtk_editable_get_text (GTK_EDITABLE (ask->pin))[0] != '\0'));
}

static void
on_row (GtkListBox *list, GtkListBoxRow *row, Ask *ask)
{
  update_sign (ask);
}

static void
on_typed (GtkEditable *editable, Ask *ask)
{
  update_sign (ask);
}

static GtkWidget *
make_list (Ask *ask, const char *name)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  ask->list = gtk_list_box_new ();
  gtk_widget_add_css_class (ask->list, "boxed-list");
  sohoa_name_widget (ask->list, name);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), LIST_HEIGHT);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), ask->list);
  return scroller;
}

static void
add_documents (Ask *ask)
{
  JsonArray *documents = array_of (ask, "documents");
  GtkWidget *scroller = make_list (ask, _("Văn bản đã xác nhận"));

  for (guint i = 0; i < json_array_get_length (documents); i++) {
    JsonObject *document = json_array_get_object_element (documents, i);
    GtkWidget *row = adw_action_row_new ();

    adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), sohoa_json_string (document, "title"));
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), sohoa_json_string (document, "detail"));
    adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 2);
    gtk_list_box_append (GTK_LIST_BOX (ask->list), row);
  }
  if (json_array_get_length (documents) == 0) {
    add_text (ask, _("Chưa có văn bản nào đã xác nhận. Quét và xác nhận tại bàn số hóa, rồi chọn tại đây."), NULL);
  } else {
    add (ask, scroller);
    gtk_list_box_select_row (GTK_LIST_BOX (ask->list), gtk_list_box_get_row_at_index (GTK_LIST_BOX (ask->list), 0));
  }
  g_signal_connect (ask->list, "row-selected", G_CALLBACK (on_row), ask);
}

static void
on_file (GtkNativeDialog *dialog, int response, Ask *ask)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
    g_autofree char *name = g_file_get_basename (file);

    g_free (ask->path);
    ask->path = g_file_get_path (file);
    gtk_button_set_label (GTK_BUTTON (ask->file), name);
  }
  g_object_unref (dialog);
  update_sign (ask);
}

static void
on_choose_file (GtkWidget *button, Ask *ask)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Chọn tệp PDF để ký số"), GTK_WINDOW (ask->window),
                                                              GTK_FILE_CHOOSER_ACTION_OPEN, _("Chọn"), _("Hủy"));
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_add_mime_type (filter, "application/pdf");
  gtk_file_chooser_set_filter (GTK_FILE_CHOOSER (dialog), filter);
  g_signal_connect (dialog, "response", G_CALLBACK (on_file), ask);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
add_file (Ask *ask)
{
  JsonNode *node = json_object_get_member (ask->question, "file");
  JsonObject *file = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autofree char *size = NULL;
  g_autofree char *line = NULL;

  if (flag_of (ask->question, "choose-file")) {
    ask->file = gtk_button_new_with_label (_("Chọn tệp PDF …"));
    g_signal_connect (ask->file, "clicked", G_CALLBACK (on_choose_file), ask);
    add (ask, ask->file);
  }
  if (file == NULL)
    return;
  size = g_format_size ((guint64) json_object_get_int_member_with_default (file, "bytes", 0));
  line = g_strdup_printf (_("%s · mã băm %.*s…"), size, SHOWN_DIGEST_CHARS, sohoa_json_string (file, "sha256"));
  add_text (ask, sohoa_json_string (file, "name"), "heading");
  add_text (ask, line, "caption");
}

/* ---- the kinds of question ---- */

static void
build_sign (Ask *ask)
{
  g_autofree char *who = g_strdup_printf (_("Trang %s yêu cầu: %s."), text_of (ask, "origin"), text_of (ask, "op"));
  g_autofree char *token = g_strdup_printf (_("USB ký số: %s"), text_of (ask, "token"));

  add_text (ask, text_of (ask, "title"), "title-2");
  add_text (ask, who, NULL);
  add_file (ask);
  ask->pin = gtk_password_entry_new (); /* its text lies in memory that is neither swapped nor left behind */
  if (json_object_has_member (ask->question, "documents"))
    add_documents (ask);
  if (text_of (ask, "token")[0] != '\0')
    add_text (ask, token, "dim-label");
  g_object_set (ask->pin, "placeholder-text", _("Mã PIN"), NULL);
  sohoa_name_widget (ask->pin, _("Mã PIN"));
  add (ask, ask->pin);
  if (text_of (ask, "message")[0] != '\0')
    gtk_widget_add_css_class (add_text (ask, text_of (ask, "message"), NULL), "error");
  add_buttons (ask, _("Không ký"), flag_of (ask->question, "final") ? _("Vẫn ký") : _("Ký và gửi"), G_CALLBACK (on_sign));
  g_signal_connect (ask->pin, "changed", G_CALLBACK (on_typed), ask);
  g_signal_connect (ask->pin, "activate", G_CALLBACK (on_sign), ask);
  update_sign (ask);
}

static void
build_allow (Ask *ask)
{
  JsonArray *hosts = array_of (ask, "hosts");
  g_autofree char *what = g_strdup_printf (_("Trang này muốn dùng ký số trên máy của bạn: %s."), text_of (ask, "op"));

  add_text (ask, _("Cho phép trang web dùng ký số?"), "title-2");
  add_text (ask, text_of (ask, "origin"), "heading");
  add_text (ask, what, NULL);
  for (guint i = 0; hosts != NULL && i < json_array_get_length (hosts); i++) {
    g_autofree char *line = g_strdup_printf (_("Tệp sẽ được trao đổi với máy chủ: %s"), json_array_get_string_element (hosts, i));

    add_text (ask, line, NULL);
  }
  add_text (ask, _("Chỉ cho phép trang của hệ thống quản lý văn bản mà cơ quan bạn dùng. Mỗi lần ký vẫn phải có bạn đồng ý."), "caption");
  add_buttons (ask, _("Không cho phép"), _("Luôn cho phép trang này"), G_CALLBACK (on_allow));
}

static void
on_number_typed (GtkEditable *editable, Ask *ask)
{
  const char *number = gtk_editable_get_text (GTK_EDITABLE (ask->number));

  gtk_widget_set_sensitive (ask->ok, number[0] != '\0' && strspn (number, "0123456789") == strlen (number)
                                       && sohoa_day_is_valid (gtk_editable_get_text (GTK_EDITABLE (ask->day))));
}

static void
build_number (Ask *ask)
{
  g_autofree char *who = g_strdup_printf (_("%s đã nhận văn bản."), text_of (ask, "origin"));

  add_text (ask, _("Nhập số đến mà QLVB vừa cấp"), "title-2");
  add_text (ask, who, NULL);
  if (text_of (ask, "answer")[0] != '\0')
    add_text (ask, text_of (ask, "answer"), "monospace");
  ask->number = make_entry (_("Số đến"), "");
  ask->day = make_entry (_("Ngày đến"), text_of (ask, "day"));
  gtk_entry_set_activates_default (GTK_ENTRY (ask->number), TRUE);
  gtk_entry_set_activates_default (GTK_ENTRY (ask->day), TRUE);
  add (ask, ask->number);
  add (ask, ask->day);
  add_buttons (ask, _("Nhập sau tại bàn"), _("Ghi số đến"), G_CALLBACK (on_number));
  gtk_window_set_default_widget (GTK_WINDOW (ask->window), ask->ok);
  g_signal_connect (ask->number, "changed", G_CALLBACK (on_number_typed), ask);
  g_signal_connect (ask->day, "changed", G_CALLBACK (on_number_typed), ask);
  on_number_typed (NULL, ask);
}

static void
build_settings (Ask *ask)
{
  JsonArray *origins = array_of (ask, "origins");
  g_autofree char *state = g_strdup_printf (_("Cổng %" G_GINT64_FORMAT ", chứng thư của máy này dùng đến %s."),
                                            json_object_get_int_member_with_default (ask->question, "port", 0), text_of (ask, "until"));
  GtkWidget *scroller = make_list (ask, _("Trang được phép"));

  add_text (ask, _("Trang web được phép dùng ký số"), "title-2");
  add_text (ask, state, "caption");
  for (guint i = 0; origins != NULL && i < json_array_get_length (origins); i++) {
    const char *origin = json_array_get_string_element (origins, i);
    GtkWidget *row = adw_action_row_new (), *keep = gtk_switch_new ();

    adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), origin);
    gtk_switch_set_active (GTK_SWITCH (keep), TRUE);
    gtk_widget_set_valign (keep, GTK_ALIGN_CENTER);
    sohoa_name_widget (keep, origin);
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), keep);
    g_object_set_data (G_OBJECT (row), "keep", keep);
    g_object_set_data_full (G_OBJECT (row), "origin", g_strdup (origin), g_free);
    gtk_list_box_append (GTK_LIST_BOX (ask->list), row);
  }
  if (origins == NULL || json_array_get_length (origins) == 0)
    add_text (ask, _("Chưa có trang nào được bạn cho phép."), NULL);
  else
    add (ask, scroller);
  add_buttons (ask, _("Hủy"), _("Lưu"), G_CALLBACK (on_settings));
}

/* ---- the program ---- */

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, Ask *ask)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  gtk_window_destroy (GTK_WINDOW (ask->window));
  return TRUE;
}

static void
on_activate (GtkApplication *app, Ask *ask)
{
  static const struct { const char *kind, *title; void (*build) (Ask *ask); } kinds[] = {
    { "sign", N_("Ký số cho trang web"), build_sign },
    { "allow", N_("Trang web muốn dùng ký số"), build_allow },
    { "number", N_("Số đến của QLVB"), build_number },
    { "settings", N_("Cài đặt ký số cho trang web"), build_settings },
  };
  GtkEventController *keys = gtk_event_controller_key_new ();

  sohoa_style_load (gdk_display_get_default ());
  ask->window = g_object_new (GTK_TYPE_WINDOW, "application", app, "default-width", WIDTH,
                              "resizable", FALSE, NULL);
  ask->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_add_css_class (ask->box, "dialog-box");
  gtk_window_set_child (GTK_WINDOW (ask->window), ask->box);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].kind, text_of (ask, "kind"))) {
      gtk_window_set_title (GTK_WINDOW (ask->window), gettext (kinds[i].title));
      kinds[i].build (ask);
    }
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), ask);
  gtk_widget_add_controller (ask->window, keys);
  gtk_window_present (GTK_WINDOW (ask->window));
  if (ask->pin != NULL && gtk_widget_get_visible (ask->pin))
    (void) gtk_widget_grab_focus (ask->pin);
  else if (ask->number != NULL)
    (void) gtk_widget_grab_focus (ask->number);
}

static JsonObject *
read_question (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  char block[4096];
  size_t n;

  while (text->len <= QUESTION_MAX_BYTES && (n = fread (block, 1, sizeof block, stdin)) > 0)
    g_string_append_len (text, block, (gssize) n);
  return text->len <= QUESTION_MAX_BYTES ? sohoa_json_parse (g_strstrip (text->str), -1) : NULL;
}

/* The person's answer, and nothing of it left behind. */
static void
print_answer (const Ask *ask)
{
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  char *line;

  if (ask->answer != NULL)
    json_node_set_object (node, ask->answer);
  else
    json_node_take_object (node, json_object_new ());
  line = json_to_string (node, FALSE);
  printf ("%s\n", line);
  fflush (stdout);
  explicit_bzero (line, strlen (line));
  g_free (line);
}

int
main (int argc, char **argv)
{
  Ask ask = { 0 };
  g_autoptr(AdwApplication) app = NULL;
  int status;

  (void) setlocale (LC_ALL, "");
  (void) bindtextdomain (GETTEXT_PACKAGE, g_getenv ("SOHOA_LOCALE_DIR") != NULL ? g_getenv ("SOHOA_LOCALE_DIR") : LOCALEDIR);
  (void) bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  (void) textdomain (GETTEXT_PACKAGE);
  ask.question = read_question ();
  if (ask.question == NULL) {
    fprintf (stderr, "sohoa-ask: no question on standard input: sohoa-agent starts this program\n");
    return 2;
  }
  app = adw_application_new ("vn.sohoa.Ask", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (app, "activate", G_CALLBACK (on_activate), &ask);
  status = g_application_run (G_APPLICATION (app), argc, argv);
  if (status == 0)
    print_answer (&ask);
  g_clear_pointer (&ask.answer, json_object_unref);
  json_object_unref (ask.question);
  g_free (ask.path);
  return status;
}
