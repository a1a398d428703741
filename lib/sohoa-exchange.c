#include "sohoa-exchange.h"

#define READ_BLOCK_BYTES (64 * 1024)

SohoaExchange *
sohoa_exchange_new (guint timeout_ms, gsize max_bytes)
{
  SohoaExchange *self = g_new0 (SohoaExchange, 1);

  self->timeout_ms = timeout_ms;
  self->max_bytes = max_bytes;
  self->bytes = g_byte_array_new ();
  self->stop = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  g_main_context_push_thread_default (self->context);
  return self;
}

void
sohoa_exchange_free (SohoaExchange *self)
{
  if (self == NULL)
    return;
  g_main_context_pop_thread_default (self->context);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->stop);
  g_byte_array_unref (self->bytes);
  g_clear_error (&self->error);
  g_clear_error (&self->refused);
  g_free (self);
}

void
sohoa_exchange_refuse (SohoaExchange *self, GError *why)
{
  g_clear_error (&self->refused);
  self->refused = why;
  g_cancellable_cancel (self->stop);
}

static gboolean
on_deadline (gpointer data)
{
  SohoaExchange *self = data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_cancellable_cancel (((SohoaExchange *) data)->stop);
  return G_SOURCE_REMOVE;
}

static void
on_wrote_body (SoupMessage *message, gpointer data)
{
  ((SohoaExchange *) data)->sent = TRUE;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  SohoaExchange *self = data;
  g_autoptr(GBytes) block = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &self->error);

  if (block == NULL || g_bytes_get_size (block) == 0) {
    g_main_loop_quit (self->loop);
    return;
  }
  if (g_bytes_get_size (block) > self->max_bytes - self->bytes->len) {
    self->too_long = TRUE;
    g_main_loop_quit (self->loop);
    return;
  }
  g_byte_array_append (self->bytes, g_bytes_get_data (block, NULL), (guint) g_bytes_get_size (block));
  g_input_stream_read_bytes_async (G_INPUT_STREAM (source), READ_BLOCK_BYTES, G_PRIORITY_DEFAULT, self->stop, on_read, self);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  SohoaExchange *self = data;
  g_autoptr(GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &self->error);

  if (stream == NULL)
    g_main_loop_quit (self->loop);
  else
    g_input_stream_read_bytes_async (stream, READ_BLOCK_BYTES, G_PRIORITY_DEFAULT, self->stop, on_read, self);
}

void
sohoa_exchange_run (SohoaExchange *self, SoupSession *session, SoupMessage *message, GCancellable *cancellable)
{
  g_autoptr(GSource) deadline = g_timeout_source_new (self->timeout_ms);
  g_autoptr(GSource) watch = cancellable != NULL ? g_cancellable_source_new (cancellable) : NULL;

  g_source_set_callback (deadline, on_deadline, self, NULL);
  g_source_attach (deadline, self->context);
  if (watch != NULL) {
    g_source_set_callback (watch, G_SOURCE_FUNC (on_cancelled), self, NULL);
    g_source_attach (watch, self->context);
  }
  g_signal_connect (message, "wrote-body", G_CALLBACK (on_wrote_body), self);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, self->stop, on_sent, self);
  g_main_loop_run (self->loop);
  g_source_destroy (deadline);
  if (watch != NULL)
    g_source_destroy (watch);
  soup_session_abort (session);
  while (g_main_context_iteration (self->context, FALSE)) /* let what was aborted end */
    continue;
  g_signal_handlers_disconnect_by_data (message, self);
  if (self->refused != NULL) {
    g_clear_error (&self->error);
    self->error = g_steal_pointer (&self->refused);
  }
}
