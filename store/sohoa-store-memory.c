/* The memory backend: the same operations on hash tables under one lock. It is what tests run on and the
 * proof that the vtable hides SQL. Every operation checks everything before it changes anything. */
#include "sohoa-store-memory-private.h"

#include <string.h>

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  sohoa_store_document_free (entry->row);
  g_ptr_array_unref (entry->events);
  g_free (entry->text);
  g_free (entry->body);
  g_free (entry);
}

static void
token_free (gpointer data)
{
  Token *token = data;

  g_free (token->digest);
  g_free (token->id);
  g_free (token);
}

static Entry *
peek_entry (Memory *self, const char *id, GError **error)
{
  Entry *entry = g_hash_table_lookup (self->entries, id);

  if (entry == NULL)
    sohoa_store_fail_not_found ("document", id, error);
  return entry;
}

static void
index_entry (Entry *entry)
{
  g_free (entry->body);
  entry->body = sohoa_store_search_body (entry->row->fields_json, entry->text);
}

/* @found: the token's; NULL with TRUE when it is new. */
static gboolean
find_token (Memory *self, const char *token, const char *digest, const Token **found, GError **error)
{
  *found = token != NULL ? g_hash_table_lookup (self->tokens, token) : NULL;
  if (*found != NULL && !g_str_equal ((*found)->digest, digest))
    return sohoa_store_fail_conflict ("idempotency token", "was used for something else", "choose a new one", error);
  return TRUE;
}

static void
save_token (Memory *self, const char *name, const char *digest, const SohoaStoreDocument *d, guint64 number)
{
  Token *token;

  if (name == NULL)
    return;
  token = g_new0 (Token, 1);
  token->digest = g_strdup (digest);
  token->id = g_strdup (d->id);
  token->result = (SohoaStoreResult){ d->revision, d->state, d->sequence, number, TRUE };
  g_hash_table_insert (self->tokens, g_strdup (name), token);
}

/* ---- files ---- */

static void
save_files (SohoaStoreDocument *d, const GPtrArray *files)
{
  for (guint i = 0; files != NULL && i < files->len; i++) {
    const SohoaStoreFile *f = g_ptr_array_index (files, i);
    guint at = 0;

    while (at < d->files->len) {
      const SohoaStoreFile *old = g_ptr_array_index (d->files, at);

      if (g_str_equal (old->role, f->role) && g_str_equal (old->name, f->name))
        break;
      at++;
    }
    if (at < d->files->len && f->path == NULL)
      g_ptr_array_remove_index (d->files, at);
    else if (at < d->files->len) {
      sohoa_store_file_free (g_ptr_array_index (d->files, at));
      g_ptr_array_index (d->files, at) = sohoa_store_file_new (f->role, f->name, f->path, f->sha256,
                                                               f->bytes);
    } else if (f->path != NULL)
      g_ptr_array_add (d->files, sohoa_store_file_new (f->role, f->name, f->path, f->sha256, f->bytes));
  }
}

static gint
by_role (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(SohoaStoreFile *const *) a)->role, (*(SohoaStoreFile *const *) b)->role);
}

/* ---- intake ---- */

static char *
intake_key (const SohoaStoreIntake *k)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT ":%s",
                          k->dev, k->inode, k->size, k->mtime_ns, k->sha256);
}

static gboolean
memory_claim_intake (gpointer backend, const SohoaStoreIntake *intake, const char *id, gint64 now_us,
                     char **owner_out, GError **error)
{
  Memory *self = backend;
  g_autofree char *key = intake_key (intake);
  LOCK (self);

  if (!g_hash_table_contains (self->intakes, key))
    g_hash_table_insert (self->intakes, g_strdup (key), g_strdup (id));
  *owner_out = g_strdup (g_hash_table_lookup (self->intakes, key));
  return TRUE;
}

static char *
memory_find_intake (gpointer backend, const SohoaStoreIntake *intake, GError **error)
{
  Memory *self = backend;
  g_autofree char *key = intake_key (intake);
  LOCK (self);

  return g_strdup (g_hash_table_lookup (self->intakes, key));
}

/* ---- documents ---- */

/* The id of another document that took one of the files; NULL = none. */
static const char *
older_owner (Memory *self, const SohoaStoreNewDocument *nd)
{
  for (guint i = 0; i < nd->n_intakes; i++) {
    g_autofree char *key = intake_key (&nd->intakes[i]);
    const char *owner = g_hash_table_lookup (self->intakes, key);

    if (owner != NULL && !g_str_equal (owner, nd->id))
      return owner;
  }
  return NULL;
}

static gboolean
memory_add (gpointer backend, const SohoaStoreNewDocument *nd, char **id_out, gboolean *created_out,
            guint64 *sequence_out, GError **error)
{
  Memory *self = backend;
  g_autofree char *digest = sohoa_store_rules_digest_add (nd);
  g_autoptr(SohoaStoreDocument) d = sohoa_store_rules_begin (nd, error);
  SohoaStoreChange as_change = { .id = nd->id, .actor = nd->actor, .reason = nd->reason, .files = nd->files,
                                 .record_json = nd->record_json, .now_us = nd->now_us };
  const Token *token;
  const char *older;
  Entry *entry;
  LOCK (self);

  if (d == NULL || !find_token (self, nd->token, digest, &token, error))
    return FALSE;
  older = token != NULL ? token->id : older_owner (self, nd);
  if (older != NULL) {
    *id_out = g_strdup (older);
    return TRUE;
  }
  if (g_hash_table_contains (self->entries, nd->id))
    return sohoa_store_fail_conflict ("document", "the id is taken", "choose another", error);
  for (guint i = 0; i < nd->n_intakes; i++)
    g_hash_table_insert (self->intakes, intake_key (&nd->intakes[i]), g_strdup (nd->id));
  d->files = sohoa_store_files_new ();
  save_files (d, nd->files);
  d->sequence = *sequence_out = ++self->sequence;
  entry = g_new0 (Entry, 1);
  entry->events = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_event_free);
  g_ptr_array_add (entry->events, sohoa_store_rules_seal (d, &as_change, NULL, 0));
  entry->row = g_steal_pointer (&d);
  index_entry (entry);
  save_token (self, nd->token, digest, entry->row, 0);
  g_hash_table_insert (self->entries, g_strdup (nd->id), entry);
  *created_out = TRUE;
  *id_out = g_strdup (nd->id);
  return TRUE;
}

static SohoaStoreDocument *
memory_find (gpointer backend, const char *id, GError **error)
{
  Memory *self = backend;
  SohoaStoreDocument *d;
  Entry *entry;
  LOCK (self);

  entry = peek_entry (self, id, error);
  if (entry == NULL)
    return NULL;
  d = sohoa_store_document_copy (entry->row);
  g_ptr_array_sort (d->files, by_role); /* GLib's sort keeps the order of equal ones */
  return d;
}

/* Newest first. */
static gint
by_age (gconstpointer a, gconstpointer b)
{
  const SohoaStoreDocument *x = (*(Entry *const *) a)->row, *y = (*(Entry *const *) b)->row;

  if (x->created_us != y->created_us)
    return x->created_us < y->created_us ? 1 : -1;
  return strcmp (y->id, x->id);
}

static gboolean
matches (const Entry *entry, const SohoaStoreQuery *q, char **phrases)
{
  const SohoaStoreDocument *d = entry->row;

  if (((1u << d->state) & q->states) == 0 || d->created_us < q->since_us)
    return FALSE;
  for (guint i = 0; phrases != NULL && phrases[i] != NULL; i++) {
    g_autofree char *start = g_strconcat (" ", phrases[i], NULL);

    if (strstr (entry->body, start) == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_after (const SohoaStoreDocument *d, gint64 created_us, const char *id)
{
  return id == NULL || d->created_us < created_us || (d->created_us == created_us && strcmp (d->id, id) < 0);
}

static GPtrArray *
memory_list (gpointer backend, const SohoaStoreQuery *q, char **cursor_out, GError **error)
{
  Memory *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_document_free);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new ();
  gboolean searches = q->search != NULL && q->search[0] != '\0';
  g_auto(GStrv) phrases = searches ? sohoa_store_search_phrases (q->search) : NULL;
  const char *after_id = NULL;
  gint64 after_us = 0;
  GHashTableIter iter;
  gpointer entry;
  LOCK (self);

  if (q->cursor != NULL && !sohoa_store_cursor_parse (q->cursor, &after_us, &after_id, error))
    return NULL;
  if (searches && phrases[0] == NULL)
    return g_steal_pointer (&rows);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    if (matches (entry, q, phrases) && is_after (((Entry *) entry)->row, after_us, after_id))
      g_ptr_array_add (sorted, entry);
  g_ptr_array_sort (sorted, by_age);
  for (guint i = 0; i < MIN (sorted->len, q->limit); i++) {
    SohoaStoreDocument *d = sohoa_store_document_copy (((Entry *) g_ptr_array_index (sorted, i))->row);

    g_clear_pointer (&d->record_json, g_free);
    g_clear_pointer (&d->files, g_ptr_array_unref);
    g_ptr_array_add (rows, d);
  }
  if (sorted->len > q->limit && cursor_out != NULL)
    *cursor_out = sohoa_store_cursor_new (g_ptr_array_index (rows, rows->len - 1));
  return g_steal_pointer (&rows);
}

static gint
by_sequence (gconstpointer a, gconstpointer b)
{
  guint64 x = ((const SohoaStoreFeedRow *) a)->sequence, y = ((const SohoaStoreFeedRow *) b)->sequence;

  return x < y ? -1 : x > y;
}

static GArray *
memory_changes_since (gpointer backend, guint64 sequence, guint limit, GError **error)
{
  Memory *self = backend;
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (SohoaStoreFeedRow));
  GHashTableIter iter;
  gpointer value;
  LOCK (self);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const SohoaStoreDocument *d = ((Entry *) value)->row;
    SohoaStoreFeedRow row = { .sequence = d->sequence, .revision = d->revision, .state = d->state };

    if (d->sequence <= sequence)
      continue;
    g_strlcpy (row.id, d->id, sizeof row.id);
    g_array_append_val (rows, row);
  }
  g_array_sort (rows, by_sequence);
  if (rows->len > limit)
    g_array_set_size (rows, limit);
  return rows;
}

static gboolean
memory_get_sequence (gpointer backend, guint64 *sequence_out, GError **error)
{
  Memory *self = backend;
  LOCK (self);

  *sequence_out = self->sequence;
  return TRUE;
}

/* ---- the setter ---- */

static gboolean
same_book (const SohoaStoreRegisterRow *row, const SohoaStoreNumber *want)
{
  return row->year == want->year && g_str_equal (row->agency, want->agency) && g_str_equal (row->book,
                                                                                            want->book);
}

/* Which number it will be; 0 with @error. @fresh_out: a row must be written. @voids: its present ones go. */
static guint64
plan_number (Memory *self, const SohoaStoreNumber *want, const char *id, gboolean voids, gboolean *fresh_out,
             GError **error)
{
  guint64 highest = 0;
  gboolean taken = FALSE;

  *fresh_out = FALSE;
  for (guint i = 0; i < self->numbers->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (self->numbers, i);

    if (!same_book (row, want))
      continue;
    if (!voids && !row->is_void && g_str_equal (row->id, id)) {
      if (want->number == 0 || want->number == row->number)
        return row->number;
      return sohoa_store_fail_conflict ("arrival number", "the document has another one", "correct the number", error);
    }
    highest = MAX (highest, row->number);
    taken |= row->number == want->number;
  }
  if (taken)
    return sohoa_store_fail_conflict ("arrival number", "another document has it", "correct the number or return the document", error);
  *fresh_out = TRUE;
  return want->number != 0 ? want->number : highest + 1;
}

static SohoaStoreOutboxRow *
peek_outbox (Memory *self, const char *key)
{
  for (guint i = 0; i < self->outbox->len; i++) {
    SohoaStoreOutboxRow *row = g_ptr_array_index (self->outbox, i);

    if (g_str_equal (row->key, key))
      return row;
  }
  return NULL;
}

/* Everything about parcel and answer that can fail. */
static gboolean
check_outbox (Memory *self, const SohoaStoreChange *c, GError **error)
{
  const SohoaStoreOutboxRow *row = c->parcel != NULL ? peek_outbox (self, c->parcel->key) : NULL;

  if (row != NULL && !g_str_equal (row->id, c->id))
    return sohoa_store_fail_conflict ("this very file was submitted before", "as another document", "purge this one or return it to the sender", error);
  if (c->answer == NULL || (c->parcel != NULL && g_str_equal (c->parcel->key, c->answer->key)))
    return TRUE;
  row = peek_outbox (self, c->answer->key);
  if (row == NULL || !g_str_equal (row->id, c->id))
    return sohoa_store_fail_not_found ("outbox row", c->answer->key, error);
  return TRUE;
}

static void
write_numbers (Memory *self, const SohoaStoreChange *c, guint64 number, gboolean fresh)
{
  const char *void_reason = sohoa_store_rules_void_reason (c);
  SohoaStoreRegisterRow *row;

  for (guint i = 0; void_reason != NULL && i < self->numbers->len; i++) {
    row = g_ptr_array_index (self->numbers, i);
    if (row->is_void || !g_str_equal (row->id, c->id))
      continue;
    row->is_void = TRUE;
    g_free (row->reason);
    row->reason = g_strdup (void_reason);
  }
  if (!fresh)
    return;
  row = g_new0 (SohoaStoreRegisterRow, 1);
  row->agency = g_strdup (c->number->agency);
  row->year = c->number->year;
  row->book = g_strdup (c->number->book);
  row->number = number;
  row->source = g_strdup (c->number->source);
  row->id = g_strdup (c->id);
  row->reason = g_strdup ("");
  row->time_us = c->now_us;
  g_ptr_array_add (self->numbers, row);
}

static void
write_parcel (Memory *self, const SohoaStoreChange *c)
{
  SohoaStoreOutboxRow *row;

  if (c->parcel == NULL || peek_outbox (self, c->parcel->key) != NULL)
    return;
  row = g_new0 (SohoaStoreOutboxRow, 1);
  row->key = g_strdup (c->parcel->key);
  row->id = g_strdup (c->id);
  row->target = g_strdup (c->parcel->target);
  row->payload_path = g_strdup (c->parcel->payload_path);
  row->payload_sha256 = g_strdup (c->parcel->payload_sha256);
  row->created_us = row->updated_us = c->now_us;
  row->error_name = g_strdup ("");
  g_ptr_array_add (self->outbox, row);
}

static void
write_answer (Memory *self, const SohoaStoreChange *c)
{
  const SohoaStoreAnswer *a = c->answer;
  const char *server_id = a->server_id != NULL ? a->server_id : "";
  const char *arrival = a->arrival_number != NULL ? a->arrival_number : "";
  SohoaStoreOutboxRow *row = peek_outbox (self, a->key);
  SohoaStoreReceipt *receipt;

  row->state = SOHOA_STORE_PARCEL_ANSWERED;
  row->updated_us = c->now_us;
  g_free (row->error_name);
  row->error_name = g_strdup ("");
  for (guint i = 0; i < self->receipts->len; i++) {
    receipt = g_ptr_array_index (self->receipts, i);
    if (g_str_equal (receipt->key, a->key) && g_str_equal (receipt->status, a->status)
        && g_str_equal (receipt->server_id, server_id) && g_str_equal (receipt->arrival_number, arrival))
      return;
  }
  receipt = g_new0 (SohoaStoreReceipt, 1);
  receipt->key = g_strdup (a->key);
  receipt->id = g_strdup (c->id);
  receipt->target = g_strdup (row->target);
  receipt->status = g_strdup (a->status);
  receipt->server_id = g_strdup (server_id);
  receipt->arrival_number = g_strdup (arrival);
  receipt->time_us = a->time_us != 0 ? a->time_us : c->now_us;
  g_ptr_array_add (self->receipts, receipt);
}

static void
write_content (Entry *entry, const SohoaStoreChange *c)
{
  gboolean wipes = sohoa_store_rules_wipes (c);

  save_files (entry->row, c->files);
  if ((c->flags & SOHOA_STORE_CHANGE_PURGE) != 0)
    g_ptr_array_set_size (entry->row->files, 0);
  for (guint i = 0; (wipes || (c->flags & SOHOA_STORE_CHANGE_FORGET_DETAILS) != 0) && i < entry->events->len; i++) {
    SohoaStoreEvent *event = g_ptr_array_index (entry->events, i);

    g_clear_pointer (&event->details, g_free);
    g_clear_pointer (&event->salt, g_free);
  }
  if (wipes)
    g_clear_pointer (&entry->text, g_free);
  if (c->text != NULL) {
    g_free (entry->text);
    entry->text = g_strdup (c->text);
  }
  index_entry (entry);
}

static gboolean
memory_change (gpointer backend, const SohoaStoreChange *c, SohoaStoreResult *result, GError **error)
{
  Memory *self = backend;
  g_autofree char *digest = sohoa_store_rules_digest_change (c);
  g_autoptr(SohoaStoreDocument) d = NULL;
  const Token *token;
  const char *from;
  gboolean fresh = FALSE;
  guint64 number = 0;
  Entry *entry;
  LOCK (self);

  if (!find_token (self, c->token, digest, &token, error))
    return FALSE;
  if (token != NULL) {
    *result = token->result;
    return TRUE;
  }
  entry = peek_entry (self, c->id, error);
  if (entry == NULL)
    return FALSE;
  from = sohoa_state_to_string (entry->row->state);
  d = sohoa_store_document_copy (entry->row);
  if (!sohoa_store_rules_apply (d, c, error) || !check_outbox (self, c, error))
    return FALSE;
  if (c->number != NULL) {
    number = plan_number (self, c->number, c->id, sohoa_store_rules_void_reason (c) != NULL, &fresh, error);
    if (number == 0)
      return FALSE;
  }
  /* nothing below can fail */
  sohoa_store_document_free (entry->row);
  entry->row = g_steal_pointer (&d);
  write_numbers (self, c, number, fresh);
  write_parcel (self, c);
  if (c->answer != NULL)
    write_answer (self, c);
  write_content (entry, c);
  entry->row->sequence = ++self->sequence;
  g_ptr_array_add (entry->events, sohoa_store_rules_seal (entry->row, c, from, number));
  save_token (self, c->token, digest, entry->row, number);
  *result = (SohoaStoreResult){ entry->row->revision, entry->row->state, entry->row->sequence, number, FALSE };
  return TRUE;
}

/* ---- jobs ---- */

static gboolean
comes_before (const SohoaStoreDocument *a, const SohoaStoreDocument *b)
{
  guint ua = sohoa_store_rules_urgent (a->priority), ub = sohoa_store_rules_urgent (b->priority);

  if (ua != ub)
    return ua > ub;
  return a->created_us != b->created_us ? a->created_us < b->created_us : strcmp (a->id, b->id) < 0;
}

static gboolean
memory_claim_next (gpointer backend, const char *worker, guint32 states, guint lease_ms, gint64 now_us,
                   SohoaStoreClaim **claim_out, GError **error)
{
  Memory *self = backend;
  SohoaStoreDocument *best = NULL;
  SohoaStoreClaim *claim;
  GHashTableIter iter;
  gpointer value;
  LOCK (self);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    SohoaStoreDocument *d = ((Entry *) value)->row;

    if (((1u << d->state) & states) != 0 && d->not_before_us <= now_us
        && (d->fence == 0 || d->lease_until_us <= now_us) && (best == NULL || comes_before (d, best)))
      best = d;
  }
  if (best == NULL)
    return TRUE;
  g_free (best->worker);
  best->worker = g_strdup (worker);
  best->fence = ++self->fence;
  best->lease_until_us = now_us + (gint64) lease_ms * 1000;
  best->attempts++;
  claim = g_new0 (SohoaStoreClaim, 1);
  *claim = (SohoaStoreClaim){ g_strdup (best->id), best->state, best->revision, best->fence, best->priority,
                              best->attempts, best->lease_until_us };
  *claim_out = claim;
  return TRUE;
}

static gboolean
memory_next_due (gpointer backend, guint32 states, gint64 *due_us_out, GError **error)
{
  Memory *self = backend;
  GHashTableIter iter;
  gpointer value;
  LOCK (self);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const SohoaStoreDocument *d = ((Entry *) value)->row;
    gint64 due_us = MAX (MAX (d->not_before_us, d->lease_until_us), d->created_us);

    if (((1u << d->state) & states) != 0 && d->not_before_us < G_MAXINT64
        && (*due_us_out == 0 || due_us < *due_us_out))
      *due_us_out = due_us;
  }
  return TRUE;
}

/* The row under this claim, NULL with LEASE_LOST. */
static SohoaStoreDocument *
peek_claimed (Memory *self, const char *id, guint64 fence, GError **error)
{
  Entry *entry = g_hash_table_lookup (self->entries, id);

  if (entry != NULL && fence != 0 && entry->row->fence == fence)
    return entry->row;
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST,
               "document %s: the claim is over: drop the work", id);
  return NULL;
}

static gboolean
memory_heartbeat (gpointer backend, const char *id, guint64 fence, gint64 until_us, GError **error)
{
  Memory *self = backend;
  SohoaStoreDocument *d;
  LOCK (self);

  d = peek_claimed (self, id, fence, error);
  if (d == NULL)
    return FALSE;
  d->lease_until_us = until_us;
  return TRUE;
}

static gboolean
memory_release (gpointer backend, const char *id, guint64 fence, GError **error)
{
  Memory *self = backend;
  SohoaStoreDocument *d;
  LOCK (self);

  d = peek_claimed (self, id, fence, error);
  if (d == NULL)
    return FALSE;
  d->fence = 0;
  d->lease_until_us = 0;
  d->attempts -= d->attempts > 0;
  g_free (d->worker);
  d->worker = g_strdup ("");
  return TRUE;
}

/* ---- outbox ---- */

static gboolean
memory_mark_outbox (gpointer backend, const char *key, guint64 fence, SohoaStoreParcelState state,
                    gint64 next_try_us, const char *error_name, gint64 now_us, GError **error)
{
  Memory *self = backend;
  SohoaStoreOutboxRow *row;
  LOCK (self);

  row = peek_outbox (self, key);
  if (row == NULL)
    return sohoa_store_fail_not_found ("outbox row", key, error);
  if (fence != 0 && peek_claimed (self, row->id, fence, error) == NULL)
    return FALSE;
  if (row->state == SOHOA_STORE_PARCEL_ANSWERED)
    return sohoa_store_fail_conflict ("outbox row", "already answered", "read the document again", error);
  row->state = state;
  row->attempts += state == SOHOA_STORE_PARCEL_SENT;
  row->next_try_us = next_try_us;
  row->updated_us = now_us;
  g_free (row->error_name);
  row->error_name = g_strdup (error_name);
  return TRUE;
}

/* ---- the rest ---- */

static gboolean
memory_set_meta (gpointer backend, const char *key, const char *value, GError **error)
{
  Memory *self = backend;
  LOCK (self);

  if (value == NULL)
    g_hash_table_remove (self->meta, key);
  else
    g_hash_table_insert (self->meta, g_strdup (key), g_strdup (value));
  return TRUE;
}

static char *
memory_get_meta (gpointer backend, const char *key, GError **error)
{
  Memory *self = backend;
  LOCK (self);

  return g_strdup (g_hash_table_lookup (self->meta, key));
}

static gboolean
memory_backup (gpointer backend, const char *path, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "backup %s: a memory store has no file", path);
  return FALSE;
}

static void
memory_close (gpointer backend)
{
  Memory *self = backend;

  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->tokens);
  g_hash_table_unref (self->intakes);
  g_hash_table_unref (self->meta);
  g_hash_table_unref (self->evidence);
  g_ptr_array_unref (self->numbers);
  g_ptr_array_unref (self->outbox);
  g_ptr_array_unref (self->receipts);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static const SohoaStoreBackend memory_backend = {
  .name = "memory",
  .close = memory_close,
  .add = memory_add,
  .find = memory_find,
  .list = memory_list,
  .changes_since = memory_changes_since,
  .get_sequence = memory_get_sequence,
  .change = memory_change,
  .claim_next = memory_claim_next,
  .next_due = memory_next_due,
  .heartbeat = memory_heartbeat,
  .release = memory_release,
  .list_register = sohoa_memory_list_register,
  .freeze_register = sohoa_memory_freeze_register,
  .list_outbox = sohoa_memory_list_outbox,
  .mark_outbox = memory_mark_outbox,
  .list_receipts = sohoa_memory_list_receipts,
  .claim_intake = memory_claim_intake,
  .find_intake = memory_find_intake,
  .list_events = sohoa_memory_list_events,
  .set_evidence = sohoa_memory_set_evidence,
  .get_evidence = sohoa_memory_get_evidence,
  .list_evidence = sohoa_memory_list_evidence,
  .set_meta = memory_set_meta,
  .get_meta = memory_get_meta,
  .backup = memory_backup,
};

SohoaStore *
sohoa_store_open_memory (void)
{
  Memory *self = g_new0 (Memory, 1);

  g_mutex_init (&self->lock);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  self->tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, token_free);
  self->intakes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->meta = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->evidence = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->numbers = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_register_row_free);
  self->outbox = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_outbox_row_free);
  self->receipts = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_receipt_free);
  return sohoa_store_new (&memory_backend, self);
}
