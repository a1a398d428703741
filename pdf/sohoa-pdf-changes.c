/* What an incremental update did to a document, object by object from the catalog: the revision a
 * signature covers against the whole file. What is not recognised as harmless counts as content. */
#define _GNU_SOURCE
#include "sohoa-pdf.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-fields.h"
#include "sohoa-pdf-file.h"

#include <string.h>

#define MAX_STEPS 2000000u /* objects compared */
#define MAX_DEPTH 200u
#define MAX_TEXTS 32u
#define INHERIT_DEPTH 32u
#define BYTE_RANGE "/ByteRange"
#define WHITE " \t\r\n\f"
#define RANGE_TEXT_MAX 128u /* bytes of an array of four offsets */
#define MAX_COMPARED 16u /* signatures; each costs reading the file twice */

/* Where in the document a value stands: what its change means. */
typedef enum {
  PLACE_CONTENT, PLACE_FONT, PLACE_ACTION, PLACE_NAVIGATION, PLACE_METADATA, PLACE_DSS, PLACE_FORM, PLACE_ANNOTATION,
  PLACE_SIGNATURE_VALUE,
} Place;

static const struct { guint bit; const char *text; } meanings[] = {
  [PLACE_CONTENT] = { SOHOA_PDF_CHANGE_CONTENT, "content was changed" },
  [PLACE_FONT] = { SOHOA_PDF_CHANGE_FONT, "a font was changed" },
  [PLACE_ACTION] = { SOHOA_PDF_CHANGE_ACTION, "actions, attachments or names were changed" },
  [PLACE_NAVIGATION] = { SOHOA_PDF_CHANGE_NAVIGATION, "bookmarks, labels or structure were changed" },
  [PLACE_METADATA] = { SOHOA_PDF_CHANGE_METADATA, "metadata was changed" },
  [PLACE_DSS] = { SOHOA_PDF_CHANGE_DSS, "validation data was added" },
  [PLACE_FORM] = { SOHOA_PDF_CHANGE_FORM, "a form field was filled or changed" },
  [PLACE_ANNOTATION] = { SOHOA_PDF_CHANGE_ANNOTATION, "an annotation was added or changed" },
  [PLACE_SIGNATURE_VALUE] = { SOHOA_PDF_CHANGE_REPLACED, "a signature was replaced or removed" },
};

typedef struct {
  SohoaPdfFile old, now; /* (owned) */
  GHashTable  *own;      /* (owned) object numbers of pages, annotations and fields: looked at for themselves */
  GHashTable  *seen;     /* (owned) (element-type utf8) pairs under way or done */
  SohoaPdfChanges *out;  /* (unowned) */
  guint        page;     /* 0 = not on a page */
  guint        steps, depth;
} Walk;

static void
walk_clear (Walk *w)
{
  sohoa_pdf_file_close (&w->old);
  sohoa_pdf_file_close (&w->now);
  g_clear_pointer (&w->own, g_hash_table_unref);
  g_clear_pointer (&w->seen, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
tell (Walk *w, guint bit, const char *text)
{
  g_autofree char *line = w->page > 0 ? g_strdup_printf ("page %u: %s", w->page, text) : g_strdup (text);

  if (w->page > 0 && bit == SOHOA_PDF_CHANGE_SIGNATURE && (w->out->mask & bit))
    return; /* its field was told of */
  w->out->mask |= bit;
  for (guint i = 0; i < w->out->texts->len; i++)
    if (g_str_equal (w->out->texts->pdata[i], line))
      return;
  if (w->out->texts->len < MAX_TEXTS)
    g_ptr_array_add (w->out->texts, g_steal_pointer (&line));
}

static void
tell_place (Walk *w, Place place)
{
  tell (w, meanings[place].bit, meanings[place].text);
}

static qpdf_oh
get (const SohoaPdfFile *f, qpdf_oh dict, const char *key)
{
  return sohoa_pdf_file_get (f, dict, key);
}

static gboolean
has (const SohoaPdfFile *f, qpdf_oh dict, const char *key)
{
  return !qpdf_oh_is_null (f->qpdf, get (f, dict, key));
}

/* (element-type utf8), owned */
static GHashTable *
keys_of (Walk *w, qpdf_oh a, qpdf_oh b)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const struct { SohoaPdfFile *file; qpdf_oh dict; } both[] = { { &w->old, a }, { &w->now, b } };

  for (guint i = 0; i < 2; i++) {
    qpdf_data q = both[i].file->qpdf;

    if (!qpdf_oh_is_dictionary (q, both[i].dict))
      continue;
    qpdf_oh_begin_dict_key_iter (q, both[i].dict);
    while (qpdf_oh_dict_more_keys (q))
      g_hash_table_add (keys, g_strdup (qpdf_oh_dict_next_key (q)));
  }
  return keys;
}

/* TRUE when this pair was not looked at yet. */
static gboolean
first_time (Walk *w, qpdf_oh a, qpdf_oh b, guint place)
{
  int id_a = qpdf_oh_get_object_id (w->old.qpdf, a), id_b = qpdf_oh_get_object_id (w->now.qpdf, b);

  if (++w->steps > MAX_STEPS || w->depth > MAX_DEPTH) {
    tell (w, SOHOA_PDF_CHANGE_UNREADABLE, "what was added cannot be followed");
    return FALSE;
  }
  if (id_a == 0 || id_b == 0)
    return TRUE;
  return g_hash_table_add (w->seen, g_strdup_printf ("%d %d %u", id_a, id_b, place));
}

static gboolean
same_data (Walk *w, qpdf_oh a, qpdf_oh b)
{
  g_autoptr(GBytes) x = sohoa_pdf_file_stream (&w->old, a, FALSE);
  g_autoptr(GBytes) y = sohoa_pdf_file_stream (&w->now, b, FALSE);

  if (x == NULL && y == NULL) /* an empty stream has no bytes */
    return sohoa_pdf_file_integer (&w->old, get (&w->old, a, "/Length"), -1) == 0
           && sohoa_pdf_file_integer (&w->now, get (&w->now, b, "/Length"), -1) == 0;
  return x != NULL && y != NULL && g_bytes_equal (x, y);
}

/* A bookmark leads to a page, the structure to a field: the same one is enough here. */
static gboolean
is_own (Walk *w, qpdf_oh a, qpdf_oh b, Place place)
{
  int id = qpdf_oh_get_object_id (w->old.qpdf, a);

  return place != PLACE_CONTENT && place != PLACE_FONT && id != 0 && id == qpdf_oh_get_object_id (w->now.qpdf, b)
         && g_hash_table_contains (w->own, GINT_TO_POINTER (id));
}

static void
compare (Walk *w, qpdf_oh a, qpdf_oh b, Place place)
{
  qpdf_data p = w->old.qpdf, q = w->now.qpdf;

  if (is_own (w, a, b, place))
    return;
  if (!first_time (w, a, b, place))
    return;
  if (qpdf_oh_get_type_code (p, a) != qpdf_oh_get_type_code (q, b)) {
    tell_place (w, place);
    return;
  }
  w->depth++;
  if (qpdf_oh_is_stream (p, a)) {
    if (!same_data (w, a, b))
      tell_place (w, place);
    compare (w, qpdf_oh_get_dict (p, a), qpdf_oh_get_dict (q, b), place);
  } else if (qpdf_oh_is_dictionary (p, a)) {
    g_autoptr(GHashTable) keys = keys_of (w, a, b);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init (&iter, keys);
    while (g_hash_table_iter_next (&iter, &key, NULL))
      if (!g_str_equal (key, "/Parent") && !g_str_equal (key, "/P") && !g_str_equal (key, "/Length"))
        compare (w, get (&w->old, a, key), get (&w->now, b, key),
                 place == PLACE_CONTENT && g_str_equal (key, "/Font") ? PLACE_FONT : place);
  } else if (qpdf_oh_is_array (p, a)) {
    int n = qpdf_oh_get_array_n_items (p, a);

    if (n != qpdf_oh_get_array_n_items (q, b))
      tell_place (w, place);
    else
      for (int i = 0; i < n; i++)
        compare (w, qpdf_oh_get_array_item (p, a, i), qpdf_oh_get_array_item (q, b, i), place);
  } else {
    g_autofree char *text = g_strdup (qpdf_oh_unparse_resolved (p, a));

    if (strcmp (text, qpdf_oh_unparse_resolved (q, b)) != 0)
      tell_place (w, place);
  }
  w->depth--;
}

/* ---- fields and annotations ---- */

static gboolean
is_signature_field (const SohoaPdfFile *f, qpdf_oh field)
{
  qpdf_oh at = field;

  for (guint i = 0; i < INHERIT_DEPTH && qpdf_oh_is_dictionary (f->qpdf, at); i++) {
    if (has (f, at, "/FT"))
      return sohoa_pdf_file_is_name (f, get (f, at, "/FT"), "Sig");
    at = get (f, at, "/Parent");
  }
  return FALSE;
}

static gboolean
is_signed (const SohoaPdfFile *f, qpdf_oh field)
{
  return is_signature_field (f, field) && has (f, get (f, field, "/V"), "/ByteRange");
}

static gboolean
is_widget (const SohoaPdfFile *f, qpdf_oh annotation)
{
  return sohoa_pdf_file_is_name (f, get (f, annotation, "/Subtype"), "Widget");
}

static void
remember_field (Walk *w, qpdf_oh field)
{
  g_autoptr(GString) name = g_string_new (NULL);
  qpdf_oh at = field;

  for (guint i = 0; i < INHERIT_DEPTH && qpdf_oh_is_dictionary (w->now.qpdf, at); i++) {
    g_autofree char *own = sohoa_pdf_file_text (&w->now, get (&w->now, at, "/T"));

    if (own != NULL) {
      g_string_prepend (name, name->len > 0 ? "." : "");
      g_string_prepend (name, own);
    }
    at = get (&w->now, at, "/Parent");
  }
  g_ptr_array_add (w->out->fields, g_string_free (g_steal_pointer (&name), FALSE));
}

static void compare_list (Walk *w, qpdf_oh a, qpdf_oh b, Place place);

/* A field or an annotation that was there before. */
static void
compare_field (Walk *w, qpdf_oh a, qpdf_oh b, Place place)
{
  static const char *const fills[] = { "/V", "/AS", "/AP", "/DV", "/I", "/RV", "/MK", "/DA", "/Ff", "/T", NULL };
  gboolean signature = is_signature_field (&w->old, a), before = is_signed (&w->old, a), after = is_signed (&w->now, b);
  gboolean form = place == PLACE_FORM || is_widget (&w->old, a);
  g_autoptr(GHashTable) keys = NULL;
  GHashTableIter iter;
  gpointer key;
  guint mask = w->out->mask;

  if (!first_time (w, a, b, 100 + place))
    return;
  if (signature != is_signature_field (&w->now, b)) {
    tell_place (w, PLACE_SIGNATURE_VALUE);
    return;
  }
  if (signature && !before && after) {
    tell (w, SOHOA_PDF_CHANGE_SIGNATURE, "a signature was added");
    return;
  }
  keys = keys_of (w, a, b);
  g_hash_table_iter_init (&iter, keys);
  w->out->mask = 0;
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    qpdf_oh x = get (&w->old, a, key), y = get (&w->now, b, key);

    if (g_str_equal (key, "/Parent") || g_str_equal (key, "/P") || g_str_equal (key, "/Popup") || g_str_equal (key, "/IRT"))
      continue;
    if (g_str_equal (key, "/Kids"))
      compare_list (w, x, y, PLACE_FORM);
    else if (signature && g_str_equal (key, "/V"))
      compare (w, x, y, PLACE_SIGNATURE_VALUE);
    else if (signature && before)
      compare (w, x, y, PLACE_CONTENT); /* what the signer's own picture shows */
    else if (g_str_equal (key, "/A") || g_str_equal (key, "/AA"))
      compare (w, x, y, PLACE_ACTION);
    else
      compare (w, x, y, form && g_strv_contains (fills, key) ? PLACE_FORM : form ? PLACE_ANNOTATION : place);
  }
  if (w->out->mask & SOHOA_PDF_CHANGE_FORM)
    remember_field (w, b);
  w->out->mask |= mask;
}

static void
tell_added (Walk *w, qpdf_oh item, Place place)
{
  if (is_signed (&w->now, item))
    tell (w, SOHOA_PDF_CHANGE_SIGNATURE, "a signature was added");
  else if (place == PLACE_FORM && is_signature_field (&w->now, item) && !has (&w->now, item, "/AP"))
    tell (w, SOHOA_PDF_CHANGE_FORM, "an empty signature field was added");
  else
    tell_place (w, place);
}

/* Two lists of fields or annotations, matched by their object numbers. */
static void
compare_list (Walk *w, qpdf_oh a, qpdf_oh b, Place place)
{
  qpdf_data p = w->old.qpdf, q = w->now.qpdf;
  int n = qpdf_oh_is_array (p, a) ? qpdf_oh_get_array_n_items (p, a) : 0;
  int m = qpdf_oh_is_array (q, b) ? qpdf_oh_get_array_n_items (q, b) : 0;
  g_autoptr(GHashTable) old = g_hash_table_new (NULL, NULL);

  if (w->depth > MAX_DEPTH)
    return;
  w->depth++;
  for (int i = 0; i < n; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (p, a, i);
    int id = qpdf_oh_get_object_id (p, item);

    g_hash_table_insert (old, GINT_TO_POINTER (id != 0 ? id : -1 - i), GUINT_TO_POINTER (item));
  }
  for (int i = 0; i < m; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (q, b, i);
    int id = qpdf_oh_get_object_id (q, item);
    gpointer key = GINT_TO_POINTER (id != 0 ? id : -1 - i), before;

    if (!g_hash_table_steal_extended (old, key, NULL, &before))
      tell_added (w, item, place);
    else
      compare_field (w, GPOINTER_TO_UINT (before), item, place);
  }
  if (g_hash_table_size (old) > 0) {
    GHashTableIter iter;
    gpointer item;

    g_hash_table_iter_init (&iter, old);
    while (g_hash_table_iter_next (&iter, NULL, &item))
      tell_place (w, is_signed (&w->old, GPOINTER_TO_UINT (item)) ? PLACE_SIGNATURE_VALUE : place);
  }
  w->depth--;
}

/* ---- the document ---- */

typedef struct {
  const char *key;
  Place       place;
} Rule;

static Place
place_by (const Rule *rules, const char *key, Place fallback)
{
  for (; rules->key != NULL; rules++)
    if (g_str_equal (rules->key, key))
      return rules->place;
  return fallback;
}

static qpdf_oh
inherited (const SohoaPdfFile *f, qpdf_oh page, const char *key)
{
  for (guint i = 0; i < INHERIT_DEPTH && qpdf_oh_is_dictionary (f->qpdf, page); i++) {
    if (has (f, page, key))
      return get (f, page, key);
    page = get (f, page, "/Parent");
  }
  return qpdf_oh_new_null (f->qpdf);
}

static void
compare_page (Walk *w, qpdf_oh a, qpdf_oh b)
{
  static const Rule rules[] = { { "/AA", PLACE_ACTION }, { "/AF", PLACE_ACTION }, { "/StructParents", PLACE_NAVIGATION },
                                { "/Tabs", PLACE_NAVIGATION }, { "/B", PLACE_NAVIGATION }, { "/PieceInfo", PLACE_METADATA },
                                { "/LastModified", PLACE_METADATA }, { "/Metadata", PLACE_METADATA }, { NULL, 0 } };
  static const char *const inheritable[] = { "/Resources", "/MediaBox", "/CropBox", "/Rotate", NULL };
  g_autoptr(GHashTable) keys = keys_of (w, a, b);
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; inheritable[i] != NULL; i++)
    compare (w, inherited (&w->old, a, inheritable[i]), inherited (&w->now, b, inheritable[i]), PLACE_CONTENT);
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    if (g_strv_contains (inheritable, key) || g_str_equal (key, "/Parent"))
      continue;
    if (g_str_equal (key, "/Annots"))
      compare_list (w, get (&w->old, a, key), get (&w->now, b, key), PLACE_ANNOTATION);
    else
      compare (w, get (&w->old, a, key), get (&w->now, b, key), place_by (rules, key, PLACE_CONTENT));
  }
}

static void
compare_pages (Walk *w)
{
  int n = qpdf_get_num_pages (w->old.qpdf), m = qpdf_get_num_pages (w->now.qpdf);

  if (n != m) {
    g_autofree char *text = g_strdup_printf ("pages were added or removed (%d, now %d)", n, m);

    tell (w, SOHOA_PDF_CHANGE_PAGES, text);
  }
  for (int i = 0; i < MIN (n, m); i++) {
    w->page = (guint) i + 1;
    compare_page (w, qpdf_get_page_n (w->old.qpdf, (size_t) i), qpdf_get_page_n (w->now.qpdf, (size_t) i));
  }
  w->page = 0;
}

/* /DR: a new name is what a signing program adds; an old one that means something else is a swapped font. */
static void
compare_resources (Walk *w, qpdf_oh a, qpdf_oh b, guint depth)
{
  g_autoptr(GHashTable) keys = keys_of (w, a, b);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    qpdf_oh x = get (&w->old, a, key), y = get (&w->now, b, key);

    if (qpdf_oh_is_null (w->old.qpdf, x))
      continue;
    if (depth == 0 && qpdf_oh_is_dictionary (w->old.qpdf, x))
      compare_resources (w, x, y, 1);
    else
      compare (w, x, y, PLACE_FONT);
  }
}

static void
compare_form (Walk *w, qpdf_oh a, qpdf_oh b)
{
  static const Rule rules[] = { { "/XFA", PLACE_ACTION }, { "/CO", PLACE_ACTION }, { NULL, 0 } };
  g_autoptr(GHashTable) keys = keys_of (w, a, b);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    qpdf_oh x = get (&w->old, a, key), y = get (&w->now, b, key);

    if (g_str_equal (key, "/Fields"))
      compare_list (w, x, y, PLACE_FORM);
    else if (g_str_equal (key, "/DR"))
      compare_resources (w, x, y, 0);
    else if (!g_str_equal (key, "/SigFlags") && !(g_str_equal (key, "/DA") && qpdf_oh_is_null (w->old.qpdf, x)))
      compare (w, x, y, place_by (rules, key, PLACE_FORM));
  }
}

static void
compare_catalog (Walk *w)
{
  static const Rule rules[] = {
    { "/DSS", PLACE_DSS }, { "/Extensions", PLACE_DSS }, { "/Metadata", PLACE_METADATA },
    { "/Outlines", PLACE_NAVIGATION }, { "/PageLabels", PLACE_NAVIGATION }, { "/ViewerPreferences", PLACE_NAVIGATION },
    { "/PageMode", PLACE_NAVIGATION }, { "/PageLayout", PLACE_NAVIGATION }, { "/Lang", PLACE_NAVIGATION },
    { "/Dests", PLACE_NAVIGATION }, { "/StructTreeRoot", PLACE_NAVIGATION }, { "/MarkInfo", PLACE_NAVIGATION },
    { "/Version", PLACE_NAVIGATION }, { "/PieceInfo", PLACE_METADATA }, { "/Names", PLACE_ACTION },
    { "/OpenAction", PLACE_ACTION }, { "/AA", PLACE_ACTION }, { "/URI", PLACE_ACTION }, { "/AF", PLACE_ACTION },
    { "/Collection", PLACE_ACTION }, { "/Threads", PLACE_NAVIGATION }, { NULL, 0 }
  };
  qpdf_oh a = qpdf_get_root (w->old.qpdf), b = qpdf_get_root (w->now.qpdf);
  g_autoptr(GHashTable) keys = keys_of (w, a, b);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    qpdf_oh x = get (&w->old, a, key), y = get (&w->now, b, key);

    if (g_str_equal (key, "/Pages"))
      continue;
    if (g_str_equal (key, "/AcroForm"))
      compare_form (w, x, y);
    else if (g_str_equal (key, "/Perms") && qpdf_oh_is_null (w->old.qpdf, x))
      tell (w, SOHOA_PDF_CHANGE_SIGNATURE, "a certifying signature was added");
    else
      compare (w, x, y, g_str_equal (key, "/Perms") ? PLACE_SIGNATURE_VALUE : place_by (rules, key, PLACE_CONTENT));
  }
}

/* A new date of change and the name of the program that signed come with every signature. */
static void
compare_info (Walk *w)
{
  qpdf_oh a = get (&w->old, qpdf_get_trailer (w->old.qpdf), "/Info"), b = get (&w->now, qpdf_get_trailer (w->now.qpdf), "/Info");
  gboolean signed_again = (w->out->mask & SOHOA_PDF_CHANGE_SIGNATURE) != 0;
  g_autoptr(GHashTable) keys = keys_of (w, a, b);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!signed_again || (!g_str_equal (key, "/ModDate") && !g_str_equal (key, "/Producer")))
      compare (w, get (&w->old, a, key), get (&w->now, b, key), PLACE_METADATA);
}

static void
collect_own (Walk *w)
{
  qpdf_data p = w->old.qpdf;

  w->own = g_hash_table_new (NULL, NULL);
  for (int i = 0; i < qpdf_get_num_pages (p); i++) {
    qpdf_oh page = qpdf_get_page_n (p, (size_t) i), annots = get (&w->old, page, "/Annots");
    int n = qpdf_oh_is_array (p, annots) ? qpdf_oh_get_array_n_items (p, annots) : 0;

    g_hash_table_add (w->own, GINT_TO_POINTER (qpdf_oh_get_object_id (p, page)));
    for (int k = 0; k < n; k++)
      g_hash_table_add (w->own, GINT_TO_POINTER (qpdf_oh_get_object_id (p, qpdf_oh_get_array_item (p, annots, k))));
  }
}

void
sohoa_pdf_changes_clear (SohoaPdfChanges *changes)
{
  g_clear_pointer (&changes->texts, g_ptr_array_unref);
  g_clear_pointer (&changes->fields, g_ptr_array_unref);
  changes->mask = 0;
}

static gboolean
open_revision (Walk *w, int fd, guint64 signed_bytes, GError **error)
{
  SOHOA_AUTO_FD int copy = sohoa_memfd_new ("revision", error);

  return copy >= 0 && sohoa_fd_copy (fd, 0, signed_bytes, copy, error) && sohoa_pdf_file_open (&w->old, copy, error);
}

/* "[a b c d]" behind @text; FALSE when it is something else. */
static gboolean
read_range (const char *text, gsize n, guint64 range[4])
{
  g_autofree char *copy = g_strndup (text, MIN (n, RANGE_TEXT_MAX));
  const char *at = copy + strspn (copy, WHITE);

  if (*at++ != '[')
    return FALSE;
  for (guint i = 0; i < 4; i++) {
    char *end;

    at += strspn (at, WHITE);
    if (!g_ascii_isdigit (*at))
      return FALSE;
    range[i] = g_ascii_strtoull (at, &end, 10);
    at = end;
  }
  return at[strspn (at, WHITE)] == ']';
}

/* Whether the added bytes carry a signature that the document does not show: a changed table or catalog can hide the
 * time stamp that protected all the rest. */
static gboolean
hides_signature (const Walk *w, guint64 signed_bytes, const GPtrArray *signatures)
{
  gsize size;
  const char *bytes = g_bytes_get_data (w->now.bytes, &size), *end = bytes + size, *at = bytes + MIN (signed_bytes, size);

  while ((at = memmem (at, (gsize) (end - at), BYTE_RANGE, strlen (BYTE_RANGE))) != NULL) {
    guint64 range[4];
    gboolean shown = FALSE;

    at += strlen (BYTE_RANGE);
    if (!read_range (at, (gsize) (end - at), range))
      continue;
    for (guint i = 0; i < signatures->len && !shown; i++)
      shown = memcmp (((const SohoaPdfSignature *) g_ptr_array_index (signatures, i))->byte_range, range, sizeof range) == 0;
    if (!shown)
      return TRUE;
  }
  return FALSE;
}

static void
compare_revisions (int fd, guint64 signed_bytes, const GPtrArray *signatures, SohoaPdfChanges *out)
{
  g_auto(Walk) w = { .out = out };

  w.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!sohoa_pdf_file_open (&w.now, fd, NULL) || !open_revision (&w, fd, signed_bytes, NULL)
      || w.old.encrypted != w.now.encrypted) {
    tell (&w, SOHOA_PDF_CHANGE_UNREADABLE, "the signed part is no document of its own");
    return;
  }
  if (w.old.repaired || w.now.repaired)
    tell (&w, SOHOA_PDF_CHANGE_UNREADABLE, w.old.repaired ? "the signed part is damaged and something was added to it"
                                                          : "what was added is damaged");
  if (hides_signature (&w, signed_bytes, signatures))
    tell (&w, SOHOA_PDF_CHANGE_REPLACED, "a signature was added that the document does not show");
  collect_own (&w);
  compare_catalog (&w);
  compare_pages (&w);
  compare_info (&w);
  if (out->texts->len == 0)
    tell (&w, SOHOA_PDF_CHANGE_BYTES, "bytes were added that change nothing");
}

#define HARMLESS (SOHOA_PDF_CHANGE_SIGNATURE | SOHOA_PDF_CHANGE_DSS)
#define BY_DOCMDP_2 (HARMLESS | SOHOA_PDF_CHANGE_FORM | SOHOA_PDF_CHANGE_BYTES | SOHOA_PDF_CHANGE_METADATA)
#define FATAL (SOHOA_PDF_CHANGE_CONTENT | SOHOA_PDF_CHANGE_FONT | SOHOA_PDF_CHANGE_PAGES | SOHOA_PDF_CHANGE_ACTION \
               | SOHOA_PDF_CHANGE_REPLACED | SOHOA_PDF_CHANGE_UNREADABLE)

static gboolean
touches_locked_field (const SohoaPdfSignature *s, const SohoaPdfChanges *changes)
{
  if (s->lock == SOHOA_PDF_LOCK_NONE)
    return FALSE;
  for (guint i = 0; i < changes->fields->len; i++) {
    gboolean named = s->lock_fields != NULL
                     && g_strv_contains ((const char *const *) s->lock_fields, changes->fields->pdata[i]);

    if (s->lock == SOHOA_PDF_LOCK_ALL || named == (s->lock == SOHOA_PDF_LOCK_INCLUDE))
      return TRUE;
  }
  return FALSE;
}

/* Later document time stamps are no change for a certifying signature (EN 319 142-1, 5.5). */
static gboolean
only_timestamps_after (const GPtrArray *all, guint i)
{
  for (guint k = i + 1; k < all->len; k++)
    if (!g_str_equal (((const SohoaPdfSignature *) g_ptr_array_index (all, k))->subfilter, "ETSI.RFC3161"))
      return FALSE;
  return TRUE;
}

static SohoaPdfChangeVerdict
judge (const SohoaPdfSignature *s, const SohoaPdfChanges *changes, gboolean only_timestamps)
{
  guint mask = changes->mask, by_docmdp_1 = SOHOA_PDF_CHANGE_DSS | (only_timestamps ? SOHOA_PDF_CHANGE_SIGNATURE : 0);

  if ((mask & FATAL) || (s->docmdp == 1 && (mask & ~by_docmdp_1) != 0)
      || (s->docmdp == 2 && (mask & ~(guint) BY_DOCMDP_2) != 0) || touches_locked_field (s, changes))
    return SOHOA_PDF_CHANGED_FORBIDDEN;
  return (mask & ~(guint) HARMLESS) != 0 ? SOHOA_PDF_CHANGED_ALLOWED : SOHOA_PDF_UNCHANGED;
}

SohoaPdfChangeVerdict
sohoa_pdf_changes_after (int fd, const GPtrArray *signatures, guint i, SohoaPdfChanges *out)
{
  const SohoaPdfSignature *s = g_ptr_array_index (signatures, i);

  out->mask = 0;
  out->texts = g_ptr_array_new_with_free_func (g_free);
  out->fields = g_ptr_array_new_with_free_func (g_free);
  if (!s->well_formed || s->covers_whole)
    return SOHOA_PDF_UNCHANGED;
  if (i + MAX_COMPARED < signatures->len) {
    g_ptr_array_add (out->texts, g_strdup ("too many signatures after it to say what was changed"));
    return SOHOA_PDF_CHANGED_ALLOWED;
  }
  compare_revisions (fd, s->byte_range[2] + s->byte_range[3], signatures, out);
  return judge (s, out, only_timestamps_after (signatures, i));
}
