#include "sohoa-agency.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <string.h>

#define ID_MAX_CHARS 35u /* QĐ20 */
#define CELL_MAX_BYTES 2000u

enum { NAME, ID, OLD_ID, ALIASES, VALID_FROM, VALID_TO, PREDECESSOR, SUCCESSOR, N_COLUMNS };
static const char *const columns[N_COLUMNS + 1] = { "name", "id", "old-id", "aliases", "valid-from", "valid-to",
                                                    "predecessor", "successor", NULL };

struct _SohoaAgencies {
  GPtrArray  *all;     /* (owned) (element-type SohoaAgencyEntry) */
  GHashTable *by_name; /* (owned) folded name or alias → (owned) GPtrArray of SohoaAgencyEntry (unowned) */
  GHashTable *by_id;   /* (owned) id or old id → SohoaAgencyEntry (unowned) */
};

static void
agency_free (gpointer data)
{
  SohoaAgencyEntry *a = data;

  g_free (a->name);
  g_free (a->id);
  g_free (a->old_id);
  g_strfreev (a->aliases);
  g_free (a->valid_from);
  g_free (a->valid_to);
  g_free (a->predecessor);
  g_free (a->successor);
  g_free (a);
}

void
sohoa_agencies_free (SohoaAgencies *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_id);
  g_ptr_array_unref (self->all);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *file, guint line, const char *column, const char *why)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s:%u: %s: %s", file, line, column, why);
  return FALSE;
}

static void
add_name (SohoaAgencies *self, const char *name, SohoaAgencyEntry *agency)
{
  g_autofree char *folded = sohoa_text_fold (name);
  GPtrArray *list = g_hash_table_lookup (self->by_name, folded);

  if (folded[0] == '\0')
    return;
  if (list == NULL) {
    list = g_ptr_array_new ();
    g_hash_table_insert (self->by_name, g_steal_pointer (&folded), list);
  }
  g_ptr_array_add (list, agency);
}

/* QĐ20: "H31.98.01"; QCVN102: "000.00.00.G22". */
static gboolean
is_id (const char *text)
{
  return strlen (text) <= ID_MAX_CHARS
         && g_regex_match_simple ("^([A-Z][0-9]{2}(\\.[0-9A-Z]{1,6}){0,6}|[0-9]{3}\\.[0-9]{2}\\.[0-9]{2}\\.[A-Z][0-9]{2})$", text, 0, 0);
}

/* Takes the cells' texts by copying them. */
static gboolean
add_row (SohoaAgencies *self, const char *file, guint line, char *const *cells, GError **error)
{
  SohoaAgencyEntry *a;

  if (self->all->len >= SOHOA_AGENCIES_MAX)
    return refuse (error, file, line, "rows", "too many");
  if (cells[NAME][0] == '\0')
    return refuse (error, file, line, "name", "is missing");
  for (guint i = ID; i <= OLD_ID; i++)
    if (cells[i][0] != '\0' && !is_id (cells[i]))
      return refuse (error, file, line, columns[i], "is no identifier like H31.98.01 or 000.00.05.H31");
  for (guint i = VALID_FROM; i <= VALID_TO; i++)
    if (cells[i][0] != '\0' && !sohoa_day_is_valid (cells[i]))
      return refuse (error, file, line, columns[i], "is no day like 2025-07-01");
  if (cells[VALID_FROM][0] != '\0' && cells[VALID_TO][0] != '\0' && strcmp (cells[VALID_FROM], cells[VALID_TO]) > 0)
    return refuse (error, file, line, "valid-to", "is before valid-from");
  if (cells[ID][0] != '\0' && g_hash_table_contains (self->by_id, cells[ID]))
    return refuse (error, file, line, "id", "another row has it already");
  a = g_new0 (SohoaAgencyEntry, 1);
  a->name = sohoa_text_squeeze (cells[NAME]);
  a->id = g_strdup (cells[ID]);
  a->old_id = g_strdup (cells[OLD_ID]);
  a->aliases = g_strsplit (cells[ALIASES], ";", -1);
  a->valid_from = g_strdup (cells[VALID_FROM]);
  a->valid_to = g_strdup (cells[VALID_TO]);
  a->predecessor = g_strdup (cells[PREDECESSOR]);
  a->successor = g_strdup (cells[SUCCESSOR]);
  g_ptr_array_add (self->all, a);
  add_name (self, a->name, a);
  for (guint i = 0; a->aliases[i] != NULL; i++)
    add_name (self, g_strstrip (a->aliases[i]), a);
  if (a->id[0] != '\0')
    g_hash_table_insert (self->by_id, a->id, a);
  if (a->old_id[0] != '\0' && !g_hash_table_contains (self->by_id, a->old_id))
    g_hash_table_insert (self->by_id, a->old_id, a);
  return TRUE;
}

/* ---- CSV (RFC 4180) ---- */

/* One record from *@at; *@line counts. FALSE: a quote is not closed, or a cell is too long. */
static gboolean
read_cells (const char **at, const char *end, guint *line, GPtrArray *cells)
{
  g_autoptr(GString) cell = g_string_new (NULL);
  gboolean quoted = FALSE;

  for (;; (*at)++) {
    char c = *at < end ? **at : '\n';

    if (cell->len > CELL_MAX_BYTES || (*at >= end && quoted))
      return FALSE;
    if (quoted) {
      if (c == '"' && *at + 1 < end && (*at)[1] == '"')
        g_string_append_c (cell, *(*at)++);
      else if (c == '"')
        quoted = FALSE;
      else
        g_string_append_c (cell, c);
      if (c == '\n')
        (*line)++;
    } else if (c == '"' && cell->len == 0) {
      quoted = TRUE;
    } else if (c == ',' || c == '\n') {
      g_ptr_array_add (cells, g_strstrip (g_strdup (cell->str)));
      g_string_truncate (cell, 0);
      if (c == '\n')
        return TRUE;
    } else {
      g_string_append_c (cell, c);
    }
  }
}

static gboolean
parse_csv (SohoaAgencies *self, const char *file, const char *text, gsize length, GError **error)
{
  const char *at = g_str_has_prefix (text, "\357\273\277") ? text + 3 : text, *end = text + length;
  guint line = 1;

  for (guint row = 0; at < end; row++, at++) {
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
    guint first = line;

    if (!read_cells (&at, end, &line, cells))
      return refuse (error, file, first, "row", "a quote is not closed, or a cell is too long");
    line++;
    if (cells->len == 1 && ((char *) g_ptr_array_index (cells, 0))[0] == '\0')
      continue;
    if (cells->len != N_COLUMNS)
      return refuse (error, file, first, "row", "eight columns are wanted: name,id,old-id,aliases,valid-from,valid-to,predecessor,successor");
    if (row == 0) {
      for (guint i = 0; i < N_COLUMNS; i++)
        if (!g_str_equal (g_ptr_array_index (cells, i), columns[i]))
          return refuse (error, file, first, columns[i], "is not the heading of this column");
    } else if (!add_row (self, file, first, (char *const *) cells->pdata, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* ---- the axis' list ---- */

static gboolean
parse_json (SohoaAgencies *self, const char *file, const char *text, gsize length, GError **error)
{
  g_autoptr(JsonObject) root = sohoa_json_parse (text, (gssize) length);
  JsonNode *data = root != NULL ? json_object_get_member (root, "data") : NULL;
  JsonArray *rows;

  if (data != NULL && JSON_NODE_HOLDS_OBJECT (data))
    data = json_object_get_member (json_node_get_object (data), "content");
  if (data == NULL || !JSON_NODE_HOLDS_ARRAY (data))
    return refuse (error, file, 1, "data", "is no list of agencies");
  rows = json_node_get_array (data);
  for (guint i = 0; i < json_array_get_length (rows); i++) {
    JsonNode *node = json_array_get_element (rows, i);
    JsonObject *o = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *old_id = o != NULL ? sohoa_json_string (o, "oldCode") : "";
    char *cells[N_COLUMNS];

    if (o == NULL)
      return refuse (error, file, i + 1, "data", "an agency is no object");
    for (guint k = 0; k < N_COLUMNS; k++)
      cells[k] = (char *) "";
    cells[NAME] = (char *) sohoa_json_string (o, "name");
    cells[ID] = (char *) sohoa_json_string (o, "code");
    cells[OLD_ID] = (char *) (old_id[0] != '\0' ? old_id : sohoa_json_string (o, "code102"));
    if (!add_row (self, file, i + 1, cells, error))
      return FALSE;
  }
  return TRUE;
}

SohoaAgencies *
sohoa_agencies_parse (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr(SohoaAgencies) self = g_new0 (SohoaAgencies, 1);

  self->all = g_ptr_array_new_with_free_func (agency_free);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  if (!g_utf8_validate (text, (gssize) length, NULL)) {
    (void) refuse (error, name, 1, "text", "is not UTF-8");
    return NULL;
  }
  if (!(text[strspn (text, " \r\n\t")] == '{' ? parse_json : parse_csv) (self, name, text, length, error))
    return NULL;
  return g_steal_pointer (&self);
}

SohoaAgencies *
sohoa_agencies_load (const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *text = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return sohoa_agencies_parse (name, "", 0, error);
  bytes = sohoa_file_read (path, SOHOA_AGENCIES_MAX_BYTES, error);
  text = bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;
  return text != NULL ? sohoa_agencies_parse (name, text, strlen (text), error) : NULL;
}

guint
sohoa_agencies_count (const SohoaAgencies *self)
{
  return self->all->len;
}

const SohoaAgencyEntry *
sohoa_agencies_peek (const SohoaAgencies *self, guint i)
{
  return g_ptr_array_index (self->all, i);
}

static void
append_cell (GString *out, const char *text, char after)
{
  g_auto(GStrv) parts = g_strsplit (text, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);

  if (strpbrk (text, ",\"\n\r") != NULL)
    g_string_append_printf (out, "\"%s\"%c", doubled, after);
  else
    g_string_append_printf (out, "%s%c", text, after);
}

char *
sohoa_agencies_to_csv (const SohoaAgencies *self)
{
  g_autofree char *heading = g_strjoinv (",", (char **) columns);
  GString *out = g_string_new (heading);

  g_string_append_c (out, '\n');
  for (guint i = 0; i < self->all->len; i++) {
    const SohoaAgencyEntry *a = g_ptr_array_index (self->all, i);
    g_autofree char *aliases = g_strjoinv (";", a->aliases);
    const char *cells[N_COLUMNS] = { a->name, a->id, a->old_id, aliases, a->valid_from, a->valid_to, a->predecessor, a->successor };

    for (guint k = 0; k < N_COLUMNS; k++)
      append_cell (out, cells[k], k + 1 < N_COLUMNS ? ',' : '\n');
  }
  return g_string_free (out, FALSE);
}

/* ---- matching ---- */

static gboolean
stands_on (const SohoaAgencyEntry *a, const char *day)
{
  if (day == NULL || day[0] == '\0')
    return a->valid_to[0] == '\0';
  return (a->valid_from[0] == '\0' || strcmp (a->valid_from, day) <= 0)
         && (a->valid_to[0] == '\0' || strcmp (day, a->valid_to) <= 0);
}

static GPtrArray *
named (const SohoaAgencies *self, const char *name)
{
  g_autofree char *folded = sohoa_text_fold (name);

  return g_hash_table_lookup (self->by_name, folded);
}

const SohoaAgencyEntry *
sohoa_agencies_match (const SohoaAgencies *self, const char *name, const char *day)
{
  GPtrArray *list = named (self, name);
  const SohoaAgencyEntry *found = NULL;

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaAgencyEntry *a = g_ptr_array_index (list, i);

    if (!stands_on (a, day) || a == found)
      continue;
    if (found != NULL)
      return NULL;
    found = a;
  }
  return found;
}

const SohoaAgencyEntry *
sohoa_agencies_peek_by_id (const SohoaAgencies *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

const SohoaAgencyEntry *
sohoa_agencies_match_ended (const SohoaAgencies *self, const char *name, const char *day)
{
  GPtrArray *list = named (self, name);
  const SohoaAgencyEntry *last = NULL;

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaAgencyEntry *a = g_ptr_array_index (list, i);

    if (a->valid_to[0] == '\0' || strcmp (day, a->valid_to) <= 0)
      return NULL; /* one of this name stands */
    if (last == NULL || strcmp (last->valid_to, a->valid_to) < 0)
      last = a;
  }
  return last;
}

char *
sohoa_agency_ended_from (const SohoaAgencyEntry *agency)
{
  g_autofree char *next = sohoa_day_add (agency->valid_to, 1);
  g_autofree char *day = next != NULL ? sohoa_day_to_vietnamese (next) : NULL;

  if (day != NULL && day[3] == '0' && day[4] >= '3') /* NĐ30 Annex I: a nought before days under 10, and before months 1 and 2 */
    memmove (day + 3, day + 4, strlen (day + 4) + 1);
  return g_steal_pointer (&day);
}
