#include "sohoa-desk-words.h"

#include "sohoa-lexicon.h"

#include <string.h>

#define KEY_META "lexicon-key"
#define ROW_META_PREFIX "lexicon:"

static GMutex rows_lock; /* rows are read and written back */

typedef struct {
  SohoaDesk  *desk;
  const char *key;
} Words;

static char *
meta_of (const Words *words, const char *row)
{
  g_autofree char *digest
    = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) words->key, strlen (words->key), row, -1);

  return g_strconcat (ROW_META_PREFIX, digest, NULL);
}

static char *
get_row (gpointer data, const char *row)
{
  Words *words = data;
  g_autofree char *meta = meta_of (words, row);

  return sohoa_store_get_meta (words->desk->store, meta, NULL);
}

static gboolean
set_row (gpointer data, const char *row, const char *text, GError **error)
{
  Words *words = data;
  g_autofree char *meta = meta_of (words, row);

  return sohoa_store_set_meta (words->desk->store, meta, text, error);
}

void
sohoa_desk_words_learn (SohoaDesk *desk, const SohoaRecord *record, const char *id)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&rows_lock);
  g_autoptr(GError) error = NULL;
  g_autofree char *key = sohoa_desk_dup_secret (desk, KEY_META, &error);
  Words words = { desk, key };
  SohoaLexiconRows rows = { get_row, set_row, &words };

  if (key == NULL || !sohoa_lexicon_learn (&rows, record, id, &error))
    g_warning ("%s: the lexicon did not learn from it: %s", id, error->message);
}

gboolean
sohoa_desk_words_forget (SohoaDesk *desk, const SohoaRecord *record, const char *id, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&rows_lock);
  g_autofree char *key = sohoa_desk_dup_secret (desk, KEY_META, error);
  Words words = { desk, key };
  SohoaLexiconRows rows = { get_row, set_row, &words };

  return key != NULL && sohoa_lexicon_forget (&rows, record, id, error);
}

void
sohoa_desk_words_propose (SohoaDesk *desk, SohoaRecord *record)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&rows_lock);
  g_autoptr(GError) error = NULL;
  g_autofree char *key = sohoa_desk_dup_secret (desk, KEY_META, &error);
  Words words = { desk, key };
  SohoaLexiconRows rows = { get_row, set_row, &words };

  if (key != NULL)
    sohoa_lexicon_propose (&rows, record);
  else
    g_warning ("the lexicon cannot be asked: %s", error->message);
}
