/* Parts of the document, and the signature block at the end of the main part (ô 7): authority, title, name;
 * recipients (ô 9b). */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"

#include <string.h>

/* millimetres of an A4-wide page */
#define PART_HEAD_MM 70.0    /* a new part says so within so much of its first page */
#define BLOCK_LEFT_MM 88.0   /* the signature block's middle lies right of this */
#define BLOCK_ABOVE_MM 30.0  /* it may begin so far above "Nơi nhận" */
#define BLOCK_DEPTH_MM 85.0  /* from the first line to the name */
#define TORN_TITLE_LETTERS 6
#define TORN_TITLE_SURE 0.3
#define PLACES_GAP_MM 5.0
#define PLACES_HOLED 0.6
#define PLACES_SURE 0.7        /* least word confidence of a list of recipients that is claimed */
#define NAME_SURE 0.93        /* least word confidence of a name that is claimed */

static gboolean
page_starts (const SohoaView *view, const char *pattern)
{
  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);

    if (row->y > PART_HEAD_MM)
      return FALSE;
    if (sohoa_fold_matches (row->fold, pattern))
      return TRUE;
  }
  return FALSE;
}

static gboolean
page_has_title (const SohoaView *view)
{
  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);

    if (row->y <= PART_HEAD_MM
        && (sohoa_fold_difference (row->fold, "cong hoa xa hoi chu nghia viet nam") < 0.25
            || sohoa_fold_difference (row->fold, "dang cong san viet nam") < 0.2))
      return TRUE;
  }
  return FALSE;
}

static const char *
role_of_page (const SohoaView *view)
{
  if (page_starts (view, "^[^a-z]{0,3}(phu luc|bieu so|bieu mau|mau so|danh sach|bang tong hop)\\b")
      || page_starts (view, "\\(?(ban hanh )?kem theo (quyet dinh|cong van|ke hoach|thong bao|to trinh|bao cao|nghi quyet)"))
    return "annex";
  return page_has_title (view) ? "enclosure" : NULL;
}

static const SohoaRow *
find_recipients (const SohoaView *view)
{
  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);

    if (row->x < SOHOA_PAGE_WIDTH_MM * 0.45 && sohoa_fold_matches (row->fold, "^[^a-z]{0,3}n.i nh.n\\s?[:;.]?|^\\S{1,4} nhan\\s?[:;]\\W*$"))
      return row;
  }
  return NULL;
}

static gboolean
has_copy_line (const SohoaView *view)
{
  return view != NULL && sohoa_rows_match (view->rows, "^[^a-z]{0,4}luu\\s?[:;]?\\s*(vt|van thu|vp|hs|h\\xc3\\xb4)") != NULL;
}

/* Pages before the header: slips that travel with the paper. */
static void
add_leading_parts (SohoaSheet *self)
{
  if (self->main_first > 0)
    sohoa_record_add_part (self->record, "direction", 1, self->main_first);
}

static void
read_parts (SohoaSheet *self)
{
  guint page = self->main_first;
  gboolean signed_seen = FALSE;
  const char *role = "main";
  guint start = page;

  g_ptr_array_set_size (self->record->parts, 0);
  add_leading_parts (self);
  self->main_last = self->views->len - 1;
  for (; page < self->views->len; page++) {
    const SohoaView *view = g_ptr_array_index (self->views, page);
    const char *next = page > self->main_first ? role_of_page (view) : NULL;

    if (next == NULL && page > self->main_first && signed_seen && g_str_equal (role, "main")
        && view != NULL && view->rows->len > 4 && !has_copy_line (view))
      next = sohoa_view_copy_top (view) < G_MAXDOUBLE ? NULL : "annex"; /* what follows the signature and the recipients */
    if (next != NULL && (g_str_equal (role, "main") || g_str_equal (next, "enclosure"))) {
      sohoa_record_add_part (self->record, role, start + 1, page - start);
      if (g_str_equal (role, "main"))
        self->main_last = page - 1;
      role = next;
      start = page;
    }
    signed_seen = signed_seen || (find_recipients (view) != NULL && has_copy_line (view));
  }
  sohoa_record_add_part (self->record, role, start + 1, page - start);
}

/* ---- the block ---- */

static gboolean
is_authority_line (const char *fold)
{
  return sohoa_fold_matches (fold, "^[^a-z]{0,3}(t\\s?[/.]?\\s?m|k\\s?[/.]?\\s?t|t\\s?[/.]?\\s?l|t\\s?[/.]?\\s?u\\s?[/.]?\\s?q|q)\\s?[.,/]")
         || sohoa_fold_matches (fold, "^[^a-z]{0,3}(tm|kt|tl|tuq|t/m|k/t|t/l|thua lenh|thua uy quyen)[., ]");
}

static gboolean
is_signature_note (const char *fold)
{
  return sohoa_fold_matches (fold, "ky boi|nguoi ky|thoi gian ky|ngay ky|email|co quan:|chu ky so|signature|[0-9]{2}:[0-9]{2}");
}

typedef struct {
  GString   *competence, *position; /* (owned) */
  GPtrArray *competence_tokens, *position_tokens, *name_tokens; /* (owned arrays) */
  SohoaName  name;
  double     name_sure, last_y, position_sure;
  const SohoaView *view; /* (unowned) */
} Block;

static void
block_init (Block *block, const SohoaView *view)
{
  memset (block, 0, sizeof *block);
  block->view = view;
  block->competence = g_string_new (NULL);
  block->position = g_string_new (NULL);
  block->competence_tokens = g_ptr_array_new ();
  block->position_tokens = g_ptr_array_new ();
  block->name_tokens = g_ptr_array_new ();
  block->position_sure = 1;
}

static void
block_clear (Block *block)
{
  g_string_free (block->competence, TRUE);
  g_string_free (block->position, TRUE);
  g_ptr_array_unref (block->competence_tokens);
  g_ptr_array_unref (block->position_tokens);
  g_ptr_array_unref (block->name_tokens);
  g_free (block->name.text);
}

static void
add_line (const SohoaLists *lists, GString *text, GPtrArray *tokens, const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);
  g_autofree char *right = sohoa_words_repair (lists, clean);

  g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", right);
  for (guint i = 0; i < row->tokens->len; i++)
    g_ptr_array_add (tokens, g_ptr_array_index (row->tokens, i));
}

/* A whole name is not given up for a torn one. */
static gboolean
is_worse (const SohoaName *name, const SohoaName *than)
{
  return than->text != NULL && ((than->surname && !name->surname) || (name->changed && !than->changed && than->surname));
}

static void
take_name (const SohoaLists *lists, Block *block, const SohoaRow *row)
{
  gboolean titled = block->position->len > 0 || block->competence->len > 0;
  SohoaName name;

  if (!sohoa_name_read (lists, row->text, &name))
    return;
  if ((!titled && !name.known) || is_worse (&name, &block->name)) {
    g_free (name.text);
    return;
  }
  g_free (block->name.text);
  block->name = name;
  for (guint k = 0; k < lists->middle_names->len; k++) { /* "Văn Sơn Ca": the surname before it was lost */
    const SohoaPhrase *middle = g_ptr_array_index (lists->middle_names, k);

    if (g_str_has_prefix (block->name.text, middle->name) && block->name.text[strlen (middle->name)] == ' ')
      block->name.changed = TRUE;
  }
  block->name_sure = sohoa_row_min_confidence (row);
  g_ptr_array_set_size (block->name_tokens, 0);
  for (guint i = 0; i < row->tokens->len; i++)
    g_ptr_array_add (block->name_tokens, g_ptr_array_index (row->tokens, i));
}

/* "HỨ TRƯỞNG": a seal's edge hid the first one or two letters of a title; in capitals, g_free; NULL when none or several end so. */
static char *
torn_title (const SohoaLists *lists, const char *clean)
{
  g_autofree char *fold = sohoa_text_fold (clean);
  const SohoaPhrase *only = NULL;

  if (!sohoa_text_is_upper (clean) || strlen (fold) < TORN_TITLE_LETTERS)
    return NULL;
  for (guint i = 0; i < lists->titles->len; i++) {
    const SohoaPhrase *title = g_ptr_array_index (lists->titles, i);

    if (!g_str_has_suffix (title->fold, fold) || strlen (title->fold) > strlen (fold) + 2)
      continue;
    if (only != NULL)
      return NULL;
    only = title;
  }
  return only != NULL ? g_utf8_strup (only->name, -1) : NULL;
}

/* Rows of the right half from @top on. @anchored: the recipients stand at its left, so that a name is one also when its title
 * could not be read. */
static void
read_block (SohoaSheet *self, Block *block, double top, gboolean anchored)
{
  const SohoaLists *lists = self->options->lists;
  gboolean open = FALSE; /* an authority line waits for its second line */
  double end = MIN (top + BLOCK_ABOVE_MM + BLOCK_DEPTH_MM, sohoa_view_copy_top (block->view));

  block->last_y = top;
  for (guint i = 0; i < block->view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (block->view->rows, i);
    g_autofree char *clean = sohoa_row_clean (row), *torn = NULL;

    if (row->y < top || row->x + row->w / 2 < BLOCK_LEFT_MM || row->w > 110 || is_signature_note (row->fold)
        || clean[0] == '\0')
      continue;
    if (row->y > end)
      break;
    if (block->name.text == NULL && is_authority_line (row->fold) && sohoa_text_is_upper (clean)) {
      add_line (lists, block->competence, block->competence_tokens, row);
      open = TRUE;
    } else if (block->name.text == NULL && sohoa_text_is_upper (clean) && sohoa_words_is_title (lists, clean)) {
      add_line (lists, block->position, block->position_tokens, row);
      block->position_sure = MIN (block->position_sure, sohoa_row_confidence (row));
      open = FALSE;
    } else if (block->name.text == NULL && block->position->len == 0 && (torn = torn_title (lists, clean)) != NULL) {
      g_string_append (block->position, torn);
      for (guint k = 0; k < row->tokens->len; k++)
        g_ptr_array_add (block->position_tokens, g_ptr_array_index (row->tokens, k));
      block->position_sure = TORN_TITLE_SURE;
      open = FALSE;
    } else if (open && block->position->len == 0 && sohoa_text_is_upper (clean) && strlen (clean) > 4
               && !sohoa_fold_matches (row->fold, "^[^a-z]{0,3}pho ") && sohoa_words_known (lists, clean) >= 0.5
               && sohoa_row_confidence (row) > 0.6)
      add_line (lists, block->competence, block->competence_tokens, row);
    else if (block->position->len > 0 || block->competence->len > 0 || anchored)
      take_name (lists, block, row);
  }
}

/* Acute and hook over a circumflex differ by a few dots on a capital. */
static gboolean
has_hard_capital (const char *name)
{
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    switch (g_utf8_get_char (p)) {
    case 0x1EA4: case 0x1EA8: case 0x1EBE: case 0x1EC2: case 0x1ED0: case 0x1ED4: /* Ấ Ẩ Ế Ể Ố Ổ */
      return TRUE;
    }
  return FALSE;
}

/* A seal may hide the surname, and what is left may look like one: two words are not claimed. */
static double
name_confidence (const Block *block)
{
  double confidence = block->name_sure > NAME_SURE ? 0.95 : 0.4 + 0.5 * block->name_sure;

  if (block->name.changed || (block->position->len == 0 && block->competence->len == 0))
    return MIN (confidence, 0.7);
  if (has_hard_capital (block->name.text))
    return MIN (confidence, 0.8);
  if (!block->name.surname)
    return MIN (confidence, 0.45);
  if (!sohoa_words_are_syllables (block->name.text)) /* a slip of the recogniser, or a name of another people */
    return MIN (confidence, 0.6);
  if (block->name.doubtful) /* "Thánh" of Thanh */
    return MIN (confidence, 0.85);
  return strchr (block->name.text, ' ') == strrchr (block->name.text, ' ') ? MIN (confidence, 0.85) : confidence;
}

/* "HO CHỦ TỊCH": the first letter of PHÓ was lost, and the list knows PHÓ CHỦ TỊCH. */
static void
restore_deputy (const SohoaLists *lists, GString *position)
{
  const char *space = strchr (position->str, ' ');
  g_autofree char *first = space != NULL ? g_strndup (position->str, (gsize) (space - position->str)) : NULL;
  g_autofree char *fold = first != NULL ? sohoa_text_fold (first) : NULL;
  g_autofree char *whole = space != NULL ? g_strconcat ("phó", space, NULL) : NULL;
  g_autofree char *wanted = whole != NULL ? sohoa_text_fold (whole) : NULL;

  if (fold == NULL || !sohoa_fold_matches (fold, "^([^a-z]?p?h?[o06]|hot|phô?)$") || g_str_equal (first, "PHÓ"))
    return;
  for (guint i = 0; i < lists->titles->len; i++)
    if (g_str_equal (((SohoaPhrase *) lists->titles->pdata[i])->fold, wanted)) {
      g_string_erase (position, 0, space - position->str);
      g_string_prepend (position, "PHÓ");
      return;
    }
}

/* The Party writes "T/M", its youth "TM.": where neither sign is left it was the slash. */
static void
restore_slash (GString *competence)
{
  static const char *const first[] = { "TM", "KT", "TL" };

  for (guint i = 0; i < G_N_ELEMENTS (first); i++) {
    gsize n = strlen (first[i]);

    if (g_str_has_prefix (competence->str, first[i]) && competence->str[n] == ' ') {
      g_string_insert_c (competence, 1, '/');
      return;
    }
  }
}

/* For whom is signed: a body or a title whose words are all known; else a word of it was lost. */
static double
competence_confidence (const SohoaLists *lists, const char *text)
{
  const char *whom = strchr (text, ' ');

  return whom != NULL && (sohoa_words_is_title (lists, whom + 1) || sohoa_words_known (lists, whom + 1) > 0.99) ? 0.92 : 0.8;
}

static void
set_block (SohoaSheet *self, const Block *block)
{
  if (self->head.family->numbers == SOHOA_NUMBERS_DASH)
    restore_slash (block->competence);
  if (block->competence->len > 0)
    (void) sohoa_sheet_set (self, "Competence", block->competence->str,
                            competence_confidence (self->options->lists, block->competence->str), block->view,
                            block->competence_tokens, "zone7a.competence");
  if (self->head.family->numbers == SOHOA_NUMBERS_NONE) /* "NGƯỜI LÀM ĐƠN" is no office */
    g_string_truncate (block->position, 0);
  if (block->position->len > 0)
    restore_deputy (self->options->lists, block->position);
  if (block->position->len > 0)
    (void) sohoa_sheet_set (self, "Position", block->position->str, MIN (0.95, 0.5 + 0.5 * block->position_sure),
                            block->view, block->position_tokens, "zone7a.position");
  if (block->name.text != NULL)
    (void) sohoa_sheet_set (self, "FullName", block->name.text,
                            name_confidence (block),
                            block->view, block->name_tokens, "zone7b.name");
}

/* Where the block begins on a page without "Nơi nhận": the last authority or title line. */
static double
block_top (SohoaSheet *self, const SohoaView *view)
{
  double top = -1;

  for (guint i = 0; i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);
    g_autofree char *clean = sohoa_row_clean (row);

    if (row->x + row->w / 2 < BLOCK_LEFT_MM || row->w > 110 || !sohoa_text_is_upper (clean))
      continue;
    if (view->page == self->head.view + 1 && row->y < self->head.top + 60)
      continue; /* the header */
    if (is_authority_line (row->fold) || sohoa_words_is_title (self->options->lists, clean)) {
      if (top < 0 || row->y - top > 25)
        top = row->y;
    }
  }
  return top;
}

static gboolean
try_page (SohoaSheet *self, const SohoaView *view, double top, gboolean anchored)
{
  Block block;
  gboolean found;

  block_init (&block, view);
  read_block (self, &block, top, anchored);
  found = block.name.text != NULL || block.position->len > 0;
  if (found)
    set_block (self, &block);
  block_clear (&block);
  return found;
}

static void
read_signer (SohoaSheet *self)
{
  for (guint i = self->main_last + 1; i-- > self->main_first;) {
    const SohoaView *view = g_ptr_array_index (self->views, i);
    const SohoaRow *recipients = find_recipients (view);
    double top;

    if (view == NULL)
      continue;
    top = recipients != NULL ? recipients->y - BLOCK_ABOVE_MM : block_top (self, view) - 1;
    if (top > -BLOCK_ABOVE_MM && (recipients != NULL || top >= 0) && try_page (self, view, top, recipients != NULL))
      return;
  }
}

/* ---- recipients ---- */

/* A list is right when each of its words is. */
static double
places_confidence (GPtrArray *tokens)
{
  double least = 1;

  for (guint i = 0; i < tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (tokens, i);

    if (g_unichar_isalpha (g_utf8_get_char (t->text)))
      least = MIN (least, t->confidence);
  }
  return least >= PLACES_SURE ? 0.92 : 0.4 + 0.45 * least;
}

/* "t", "Yt": one or two letters that are no word and no abbreviation. */
static gboolean
is_rest_of_word (const char *text)
{
  guint letters = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    letters += g_unichar_isalpha (g_utf8_get_char (p)) ? 1 : 0;
  return letters > 0 && letters <= 2 && !sohoa_text_is_upper (text) && !sohoa_words_are_syllables (text);
}

/* A word of the line was lost: a gap, or a sign that no list of bodies holds. */
static gboolean
has_hole (const SohoaRow *row, gboolean first)
{
  double right = G_MAXDOUBLE;
  g_autofree char *clean = sohoa_row_clean (row);
  gboolean item = first || sohoa_fold_matches (row->fold, "^[^a-z0-9(]+");

  if (item && g_unichar_islower (g_utf8_get_char (clean))) /* "- ờng Mầm non": an item begins with a capital */
    return TRUE;
  for (guint i = 0; i < row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row->tokens, i);
    const char *p = t->text;

    if (is_rest_of_word (t->text))
      return TRUE;

    while (*p != '\0' && !g_unichar_isalnum (g_utf8_get_char (p)))
      p = g_utf8_next_char (p);
    if (t->x - right > PLACES_GAP_MM || (*p == '\0' && strspn (t->text, "-+*.,;:()") != strlen (t->text)
                                         && !g_str_equal (t->text, "–") && !g_str_equal (t->text, "—")))
      return TRUE;
    right = t->x + t->w;
  }
  return FALSE;
}

static void
read_recipients (SohoaSheet *self)
{
  for (guint i = self->main_last + 1; i-- > self->main_first;) {
    const SohoaView *view = g_ptr_array_index (self->views, i);
    const SohoaRow *head = find_recipients (view);
    g_autoptr(GString) places = g_string_new (NULL);
    g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
    g_autoptr(GPtrArray) rows = NULL;
    gboolean holes = FALSE;
    double last;

    if (head == NULL)
      continue;
    last = head->y;
    rows = sohoa_view_rows (view, 0, BLOCK_LEFT_MM + 7, head->y + head->h * 0.5, view->height, 0);
    for (guint k = 0; k < rows->len; k++) {
      const SohoaRow *row = g_ptr_array_index (rows, k);
      g_autofree char *clean = sohoa_row_clean (row);
      gboolean dash = sohoa_fold_matches (row->fold, "^[^a-z0-9(]+");

      if (row->y - last > 14 || sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(luu\\b|l?u?u\\s?[:;]\\s?vt|vt\\b)"))
        break;
      if (g_utf8_strlen (clean, -1) < 2)
        continue;
      g_string_append_printf (places, "%s%s", places->len == 0 ? "" : dash ? "\n" : " ", clean);
      holes = holes || has_hole (row, tokens->len == 0);
      for (guint m = 0; m < row->tokens->len; m++)
        g_ptr_array_add (tokens, g_ptr_array_index (row->tokens, m));
      last = row->y;
    }
    if (places->len > 0)
      (void) sohoa_sheet_set (self, "ToPlaces", places->str, MIN (places_confidence (tokens), holes ? PLACES_HOLED : 1), view,
                              tokens, "zone9b.recipients");
    return;
  }
}

void
sohoa_sheet_read_signer (SohoaSheet *self)
{
  if (self->views->len == 0)
    return;
  read_parts (self);
  read_signer (self);
  read_recipients (self);
}
