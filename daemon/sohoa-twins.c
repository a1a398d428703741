#include "sohoa-twins.h"

#include "sohoa-message.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <stdlib.h>
#include <string.h>

#define KEY_META "twin-key"        /* secret of the index */
#define ROW_META_PREFIX "twin:"
#define ROW_MAX_IDS 40u            /* of one digest; an id has 26 characters */
#define SETTLED "duplicate-settled: "
#define N_KINDS 3u

static GMutex index_lock; /* rows are read and written back */

void
sohoa_twin_free (SohoaTwin *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->number);
  g_free (self->day);
  g_free (self);
}

const char *
sohoa_twin_why_to_string (SohoaTwinWhy why)
{
  switch (why) {
  case SOHOA_TWIN_IDENTIFIER: return "identifier";
  case SOHOA_TWIN_NUMBER: return "number";
  case SOHOA_TWIN_PICTURES: return "pictures";
  }
  return "";
}

const char *
sohoa_twin_why_in_words (SohoaTwinWhy why)
{
  switch (why) {
  case SOHOA_TWIN_IDENTIFIER: return "cùng mã định danh văn bản";
  case SOHOA_TWIN_NUMBER: return "cùng số, ký hiệu và cơ quan ban hành";
  case SOHOA_TWIN_PICTURES: return "cùng ảnh quét";
  }
  return "";
}

char *
sohoa_twin_message (const SohoaTwin *twin)
{
  g_autofree char *day = sohoa_day_to_vietnamese (twin->day);

  if (twin->number[0] == '\0')
    return sohoa_message_new (SOHOA_M12_DUPLICATE_OPEN, "why", sohoa_twin_why_in_words (twin->why), NULL);
  return sohoa_message_new (SOHOA_M12_DUPLICATE, "number", twin->number, "day", day != NULL ? day : "", NULL);
}

/* ---- what is compared ---- */

/* "05" and "5" are one number. */
static const char *
skip_zeros (const char *number)
{
  while (number[0] == '0' && number[1] != '\0')
    number++;
  return number;
}

/* OrganId, date, number/symbol (domain.md 8.2, DocumentId). g_free, NULL when something is missing. */
static char *
identifier_of (const SohoaRecord *record)
{
  const char *organ = sohoa_record_value (record, "OrganId"), *day = sohoa_record_value (record, "IssuedDate");
  const char *number = skip_zeros (sohoa_record_value (record, "CodeNumber"));
  g_autofree char *symbol = sohoa_text_fold (sohoa_record_value (record, "CodeNotation"));

  if (organ[0] == '\0' || day[0] == '\0' || number[0] == '\0')
    return NULL;
  return g_strdup_printf ("%s,%s,%s/%s", organ, day, number, symbol);
}

static char *
number_of (const SohoaRecord *record)
{
  g_autofree char *number = sohoa_text_fold (skip_zeros (sohoa_record_value (record, "CodeNumber")));
  g_autofree char *symbol = sohoa_text_fold (sohoa_record_value (record, "CodeNotation"));
  g_autofree char *body = sohoa_text_fold (sohoa_record_value (record, "OrganName"));

  if (number[0] == '\0' || symbol[0] == '\0' || body[0] == '\0')
    return NULL;
  return g_strdup_printf ("%s\n%s\n%s", number, symbol, body);
}

/* The archived pictures of all pages; an original has none, its file counts. */
static char *
pictures_of (const SohoaStoreDocument *document, const SohoaRecord *record)
{
  g_autoptr(GString) all = g_string_new (NULL);

  for (guint i = 0; !record->original && i < record->pages->len; i++) {
    const char *sha256 = sohoa_record_peek_page (record, i)->sha256;

    if (sha256[0] == '\0')
      return NULL;
    g_string_append_printf (all, "%s\n", sha256);
  }
  for (guint i = 0; record->original && document->files != NULL && i < document->files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (document->files, i);

    if (g_str_equal (file->role, SOHOA_ROLE_INPUT))
      g_string_append_printf (all, "%s\n", file->sha256);
  }
  return all->len > 0 ? g_strdup (all->str) : NULL;
}

static void
keys_of (const SohoaStoreDocument *document, const SohoaRecord *record, char *keys[N_KINDS])
{
  keys[SOHOA_TWIN_IDENTIFIER] = identifier_of (record);
  keys[SOHOA_TWIN_NUMBER] = number_of (record);
  keys[SOHOA_TWIN_PICTURES] = pictures_of (document, record);
}

static void
keys_clear (char *keys[N_KINDS])
{
  for (guint i = 0; i < N_KINDS; i++)
    g_clear_pointer (&keys[i], g_free);
}

/* Numbers begin anew every year: two documents of different years are two. */
static gboolean
years_agree (const SohoaRecord *a, const SohoaRecord *b)
{
  const char *day_a = sohoa_record_value (a, "IssuedDate"), *day_b = sohoa_record_value (b, "IssuedDate");

  return !sohoa_day_is_valid (day_a) || !sohoa_day_is_valid (day_b) || strncmp (day_a, day_b, 4) == 0;
}

/* ---- the index ---- */

static char *
row_name (const char *index_key, guint kind, const char *text)
{
  g_autofree char *what = g_strdup_printf ("%u\n%s", kind, text);
  g_autofree char *digest = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) index_key, strlen (index_key), what, -1);

  return g_strconcat (ROW_META_PREFIX, digest, NULL);
}

/* Puts @id into the row or takes it out. The oldest ids stay: they are what a newcomer may repeat. */
static gboolean
change_row (SohoaDesk *desk, const char *row, const char *id, gboolean in, GError **error)
{
  g_autofree char *text = sohoa_store_get_meta (desk->store, row, NULL);
  g_auto(GStrv) ids = g_strsplit (text != NULL ? text : "", " ", -1);
  g_autoptr(GPtrArray) kept = g_ptr_array_new ();
  g_autofree char *joined = NULL;
  gboolean there = g_strv_contains ((const char *const *) ids, id);

  if (there == in)
    return TRUE;
  for (guint i = 0; ids[i] != NULL; i++)
    if (ids[i][0] != '\0' && !g_str_equal (ids[i], id))
      g_ptr_array_add (kept, ids[i]);
  if (in && kept->len < ROW_MAX_IDS)
    g_ptr_array_add (kept, (gpointer) id);
  g_ptr_array_add (kept, NULL);
  joined = g_strjoinv (" ", (char **) kept->pdata);
  return sohoa_store_set_meta (desk->store, row, joined[0] != '\0' ? joined : NULL, error);
}

static gboolean
change_rows (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, gboolean in, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&index_lock);
  g_autofree char *index_key = sohoa_desk_dup_secret (desk, KEY_META, error);
  char *keys[N_KINDS] = { NULL };
  gboolean ok = index_key != NULL;

  keys_of (document, record, keys);
  for (guint i = 0; ok && i < N_KINDS; i++) {
    g_autofree char *row = keys[i] != NULL ? row_name (index_key, i, keys[i]) : NULL;

    ok = row == NULL || change_row (desk, row, document->id, in, error);
  }
  keys_clear (keys);
  return ok;
}

gboolean
sohoa_twins_note (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error)
{
  return change_rows (desk, document, record, TRUE, error);
}

gboolean
sohoa_twins_forget (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error)
{
  return change_rows (desk, document, record, FALSE, error);
}

/* ---- finding ---- */

static gboolean
is_settled (const SohoaRecord *record, const char *id)
{
  g_autofree char *text = g_strconcat (SETTLED, id, NULL);

  return g_ptr_array_find_with_equal_func (record->findings, text, g_str_equal, NULL);
}

void
sohoa_twins_settle (SohoaRecord *record, const char *id)
{
  g_autofree char *text = g_strconcat (SETTLED, id, NULL);

  sohoa_record_add_finding (record, text);
}

void
sohoa_twins_keep_settled (SohoaRecord *record, const SohoaRecord *before)
{
  for (guint i = 0; i < before->findings->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (before->findings, i), SETTLED))
      sohoa_record_add_finding (record, g_ptr_array_index (before->findings, i));
}

/* Whether its number stands: signed or later. Before, what is in ArrivalNumber was only read from the paper. */
static gboolean
has_number (SohoaState state)
{
  return state >= SOHOA_STATE_SIGNED && state <= SOHOA_STATE_RECALLED;
}

static gboolean
is_out (SohoaState state)
{
  return state == SOHOA_STATE_CANCELLED || state == SOHOA_STATE_RETURNED || state == SOHOA_STATE_SUPERSEDED
         || state == SOHOA_STATE_HELD || state == SOHOA_STATE_CAPTURED;
}

static gboolean
is_petition (const SohoaRecord *record)
{
  return sohoa_type_is_petition (sohoa_record_value (record, "TypeName"));
}

/* Takes nothing of @its: what the twin tells. */
static SohoaTwin *
twin_new (const SohoaStoreDocument *other, const SohoaRecord *its, guint kind, gboolean closed)
{
  SohoaTwin *twin = g_new0 (SohoaTwin, 1);

  twin->id = g_strdup (other->id);
  twin->why = kind;
  twin->state = other->state;
  twin->closed = closed;
  twin->number = g_strdup (has_number (other->state) && !closed ? sohoa_record_value (its, "ArrivalNumber") : "");
  twin->day = g_strdup (closed ? "" : sohoa_record_value (its, "ArrivalDate"));
  return twin;
}

/* NULL when @id is no twin now. */
static SohoaTwin *
compare (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, const char *key, guint kind,
         const char *id)
{
  g_autoptr(SohoaStoreDocument) other = sohoa_store_find (desk->store, id, NULL);
  g_autoptr(SohoaRecord) its = other != NULL && !is_out (other->state) ? sohoa_desk_load_record (other, NULL) : NULL;
  char *keys[N_KINDS] = { NULL };
  gboolean same, earlier;

  if (its == NULL || (kind != SOHOA_TWIN_PICTURES && is_petition (its) != is_petition (record)))
    return NULL;
  keys_of (other, its, keys);
  same = g_strcmp0 (keys[kind], key) == 0 && (kind != SOHOA_TWIN_NUMBER || years_agree (record, its));
  keys_clear (keys);
  earlier = other->created_us < document->created_us
            || (other->created_us == document->created_us && strcmp (other->id, document->id) < 0);
  if (!same || !(earlier || has_number (other->state)))
    return NULL;
  return twin_new (other, its, kind, is_petition (its) && !is_petition (record));
}

static gboolean
is_listed (const GPtrArray *twins, const char *id)
{
  for (guint i = 0; i < twins->len; i++)
    if (g_str_equal (((SohoaTwin *) g_ptr_array_index (twins, i))->id, id))
      return TRUE;
  return FALSE;
}

GPtrArray *
sohoa_twins_find (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error)
{
  GPtrArray *twins = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_twin_free);
  g_autofree char *index_key = sohoa_desk_dup_secret (desk, KEY_META, error);
  char *keys[N_KINDS] = { NULL };

  if (index_key == NULL) {
    g_ptr_array_unref (twins);
    return NULL;
  }
  keys_of (document, record, keys);
  for (guint kind = 0; kind < N_KINDS; kind++) {
    g_autofree char *row = keys[kind] != NULL ? row_name (index_key, kind, keys[kind]) : NULL;
    g_autofree char *text = row != NULL ? sohoa_store_get_meta (desk->store, row, NULL) : NULL;
    g_auto(GStrv) ids = g_strsplit (text != NULL ? text : "", " ", -1);

    for (guint i = 0; ids[i] != NULL; i++) {
      SohoaTwin *twin;

      if (ids[i][0] == '\0' || g_str_equal (ids[i], document->id) || is_listed (twins, ids[i]) || is_settled (record, ids[i]))
        continue;
      twin = compare (desk, document, record, keys[kind], kind, ids[i]);
      if (twin != NULL)
        g_ptr_array_add (twins, twin);
    }
  }
  keys_clear (keys);
  return twins;
}
