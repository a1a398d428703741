/* sohoa-escl-simulator: an eSCL scanner on loopback that serves given JPEG files as its pages, with scripted faults
 * (escl-machine.h). Test equipment: not installed. Prints "listening: http://127.0.0.1:PORT/eSCL".
 *
 *   sohoa-escl-simulator [--fault 'jam 3'] [--script FILE] … FILE…
 *   sohoa-escl-simulator --control URL clear             the jam is cleared, the cover closed, the sheet put back
 *   sohoa-escl-simulator --control URL load [FILE…]      a new stack (the same files without FILE) */
#include "escl-machine.h"

#include <glib-unix.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX_BYTES (256u * 1024)
#define WRONG_LENGTH_BYTES 1000
#define CONTROL_TIMEOUT_S 10

typedef struct {
  EsclMachine *machine;   /* (owned) */
  EsclModel    model;
  SoupServer  *soup;      /* (owned) */
  GMainLoop   *loop;      /* (owned) */
  FILE        *log;       /* (owned) (nullable) */
} Simulator;

/* A message whose answer waits, or never comes. */
typedef struct {
  Simulator         *simulator; /* (unowned) */
  SoupServerMessage *message;   /* (owned) */
  EsclImage          image;     /* (owned) */
} Pending;

static void
answer_text (SoupServerMessage *message, guint status, const char *type, char *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, strlen (text));
}

/* ---- an image on its way ---- */

static void
pending_free (Pending *pending)
{
  escl_image_clear (&pending->image);
  g_object_unref (pending->message);
  g_free (pending);
}

typedef struct {
  GIOStream    *stream; /* (owned) taken from libsoup */
  GBytes       *bytes;  /* (owned) */
  EsclFaultKind fault;
} Raw;

/* Writes the answer by hand, because a correct server cannot be made to send a wrong one. */
static gpointer
write_raw (gpointer data)
{
  Raw *raw = data;
  gsize length;
  const char *bytes = g_bytes_get_data (raw->bytes, &length);
  GOutputStream *out = g_io_stream_get_output_stream (raw->stream);
  gsize said = raw->fault == ESCL_FAULT_SHORTER ? length - WRONG_LENGTH_BYTES
               : raw->fault == ESCL_FAULT_LONGER ? length + WRONG_LENGTH_BYTES : length;
  gsize sent = raw->fault == ESCL_FAULT_CUT || raw->fault == ESCL_FAULT_STALL ? length / 2 : length;
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %"
                                           G_GSIZE_FORMAT "\r\n\r\n", said);

  if (g_output_stream_write_all (out, head, strlen (head), NULL, NULL, NULL))
    (void) g_output_stream_write_all (out, bytes, sent, NULL, NULL, NULL);
  if (raw->fault != ESCL_FAULT_STALL) {
    (void) g_io_stream_close (raw->stream, NULL, NULL);
    g_object_unref (raw->stream); /* a stalled one stays open until the program ends */
  }
  g_bytes_unref (raw->bytes);
  g_free (raw);
  return NULL;
}

static gboolean
on_raw (gpointer data)
{
  Pending *pending = data;
  Raw *raw = g_new0 (Raw, 1);

  raw->bytes = g_bytes_ref (pending->image.bytes);
  raw->fault = pending->image.fault;
  raw->stream = soup_server_message_steal_connection (pending->message);
  g_thread_unref (g_thread_new ("raw", write_raw, raw));
  pending_free (pending);
  return G_SOURCE_REMOVE;
}

/* The rest of an image is on its way: only now it counts as served. */
static void
on_finished (SoupServerMessage *message, gpointer data)
{
  Pending *pending = data;

  escl_machine_sent (pending->simulator->machine, &pending->image);
  pending_free (pending);
}

static void
send_image (Pending *pending)
{
  gsize length;
  const char *data = g_bytes_get_data (pending->image.bytes, &length);
  SoupServerMessage *message = pending->message;

  if (pending->image.fault == ESCL_FAULT_TYPE) {
    answer_text (message, 200, "text/html", g_strdup ("<html><body>Please log in</body></html>"));
    pending_free (pending);
    return;
  }
  if (pending->image.fault == ESCL_FAULT_GARBAGE)
    length /= 2;
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), "image/jpeg", NULL);
  if (pending->image.fault == ESCL_FAULT_GARBAGE) {
    soup_server_message_set_response (message, "image/jpeg", SOUP_MEMORY_COPY, data, length);
    pending_free (pending);
    return;
  }
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), pending->image.bytes);
  soup_message_body_complete (soup_server_message_get_response_body (message));
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), pending);
}

static gboolean
on_ready (gpointer data)
{
  Pending *pending = data;
  SoupServerMessage *message = pending->message;

  send_image (pending);
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

/* Takes @image. */
static void
deliver (Simulator *self, SoupServerMessage *message, const EsclImage *image)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->simulator = self;
  pending->message = g_object_ref (message);
  pending->image = *image;
  switch (image->fault) {
  case ESCL_FAULT_VANISH:
    g_main_loop_quit (self->loop);
    soup_server_message_pause (message);
    return;
  case ESCL_FAULT_HANG:
    soup_server_message_pause (message);
    return;
  case ESCL_FAULT_CUT:
  case ESCL_FAULT_SHORTER:
  case ESCL_FAULT_LONGER:
  case ESCL_FAULT_STALL:
    soup_server_message_pause (message);
    g_timeout_add ((guint) (image->wait_us / 1000), on_raw, pending);
    return;
  default:
    break;
  }
  if (image->wait_us <= 0) {
    send_image (pending);
    return;
  }
  soup_server_message_pause (message);
  g_timeout_add ((guint) (image->wait_us / 1000), on_ready, pending);
}

/* ---- requests ---- */

static void
start_job (Simulator *self, SoupServerMessage *message)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize length;
  const char *xml = g_bytes_get_data (body, &length);
  gboolean feeder, duplex;
  EsclJob *job;
  guint status;
  g_autofree char *where = NULL;

  if (length > BODY_MAX_BYTES || !escl_ticket_parse (xml, length, &feeder, &duplex)) {
    soup_server_message_set_status (message, 400, NULL);
    return;
  }
  status = escl_machine_start (self->machine, feeder, duplex, &job);
  soup_server_message_set_status (message, status, NULL);
  if (job == NULL)
    return;
  where = g_strdup_printf ("http://%s/eSCL/ScanJobs/%u", soup_message_headers_get_one (
                             soup_server_message_get_request_headers (message), "Host"), job->id);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location", where);
}

static void
next_document (Simulator *self, SoupServerMessage *message, guint job)
{
  EsclImage image;

  switch (escl_machine_next (self->machine, job, &image)) {
  case ESCL_NEXT_IMAGE:
    deliver (self, message, &image);
    return;
  case ESCL_NEXT_BUSY:
    soup_server_message_set_status (message, 503, NULL);
    break;
  case ESCL_NEXT_END:
  case ESCL_NEXT_NO_JOB:
    soup_server_message_set_status (message, 404, NULL);
    break;
  }
  escl_image_clear (&image);
}

static void
control (Simulator *self, SoupServerMessage *message)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  g_autofree char *text = g_strndup (data, length);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr(GError) error = NULL;

  if (g_strcmp0 (lines[0], "clear") == 0)
    escl_machine_clear (self->machine);
  else if (g_strcmp0 (lines[0], "load") == 0)
    escl_machine_load (self->machine, (const char *const *) lines + 1);
  else if (!(g_strcmp0 (lines[0], "fault") == 0 && lines[1] != NULL
             && escl_machine_add_fault (self->machine, lines[1], &error))) {
    soup_server_message_set_status (message, 400, NULL);
    return;
  }
  answer_text (message, 200, "text/plain", g_strdup ("ok\n"));
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Simulator *self = data;
  const char *method = soup_server_message_get_method (message);
  guint job = 0;
  char tail[32] = "";

  if (g_str_equal (path, "/control") && g_str_equal (method, "POST"))
    control (self, message);
  else if (g_str_equal (path, "/eSCL/ScannerCapabilities"))
    answer_text (message, 200, "text/xml", escl_answer_capabilities (&self->model));
  else if (g_str_equal (path, "/eSCL/ScannerStatus"))
    answer_text (message, 200, "text/xml", escl_answer_status (self->machine));
  else if (g_str_equal (path, "/eSCL/ScanJobs") && g_str_equal (method, "POST"))
    start_job (self, message);
  else if (sscanf (path, "/eSCL/ScanJobs/%u%31s", &job, tail) >= 1 && g_str_equal (method, "DELETE")) {
    escl_machine_cancel (self->machine, job);
    soup_server_message_set_status (message, 200, NULL);
  } else if (job > 0 && g_str_equal (tail, "/NextDocument"))
    next_document (self, message, job);
  else
    soup_server_message_set_status (message, 404, NULL);
  if (self->log != NULL) {
    fprintf (self->log, "%.3f %s %s %u\n", (double) g_get_monotonic_time () / 1e6, method, path,
             soup_server_message_get_status (message));
    (void) fflush (self->log);
  }
}

/* ---- start ---- */

static gboolean
on_term (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
read_script (EsclMachine *machine, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);

    if (line[0] != '\0' && line[0] != '#' && !escl_machine_add_fault (machine, line, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
serve (Simulator *self, guint port, const char *address_file, GError **error)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) where = g_inet_socket_address_new (loopback, (guint16) port);
  g_autofree char *url = NULL;
  GSList *uris;

  self->soup = soup_server_new ("server-header", "sohoa-escl-simulator", NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  if (!soup_server_listen (self->soup, where, 0, error))
    return FALSE;
  uris = soup_server_get_uris (self->soup);
  url = g_strdup_printf ("http://127.0.0.1:%d/eSCL", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  if (address_file != NULL && !g_file_set_contents (address_file, url, -1, error))
    return FALSE;
  g_print ("listening: %s\n", url);
  (void) fflush (stdout);
  g_main_loop_run (self->loop);
  return TRUE;
}

static int
send_control (const char *url, char **words)
{
  g_autoptr(GUri) base = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr(GUri) uri = base != NULL ? g_uri_parse_relative (base, "/control", SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  g_autoptr(SoupSession) session = soup_session_new_with_options ("timeout", CONTROL_TIMEOUT_S, NULL);
  g_autoptr(SoupMessage) message = uri != NULL ? soup_message_new_from_uri ("POST", uri) : NULL;
  g_autofree char *text = g_strjoinv ("\n", words);
  g_autoptr(GBytes) body = g_bytes_new (text, strlen (text));
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(GError) error = NULL;

  if (message == NULL) {
    g_printerr ("--control %s: not an address\n", url);
    return 2;
  }
  soup_message_set_request_body_from_bytes (message, "text/plain", body);
  answer = soup_session_send_and_read (session, message, NULL, &error);
  if (answer == NULL || soup_message_get_status (message) != 200) {
    g_printerr ("control: %s\n", error != NULL ? error->message : "refused");
    return 1;
  }
  return 0;
}

typedef struct {
  char *control, *script, *record, *log, *address_file, *resolutions, *modes, *name;
  char **faults, **platen, **files;
  int port, sides, interval_ms, width, height;
  gboolean empty, turned, no_platen, no_adf, no_duplex;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *o, GError **error)
{
  GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &o->port, "Port on 127.0.0.1; 0 picks one", "N" },
    { "address-file", 0, 0, G_OPTION_ARG_FILENAME, &o->address_file, "Write the address there too", "FILE" },
    { "sides", 0, 0, G_OPTION_ARG_INT, &o->sides, "Files per sheet: 2 (front, back), 1", "N" },
    { "platen", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->platen, "What lies on the glass, job after job (default: FILE…)", "FILE" },
    { "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->faults, "A fault, see escl-machine.h", "LINE" },
    { "script", 0, 0, G_OPTION_ARG_FILENAME, &o->script, "Faults, one a line", "FILE" },
    { "empty", 0, 0, G_OPTION_ARG_NONE, &o->empty, "The feeder starts empty", NULL },
    { "turned-backs", 0, 0, G_OPTION_ARG_NONE, &o->turned, "Backs come upside down", NULL },
    { "interval-ms", 0, 0, G_OPTION_ARG_INT, &o->interval_ms, "Between two images of a job", "MS" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &o->record, "Keep every image as it was sent", "DIR" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &o->log, "One line per request", "FILE" },
    { "width", 0, 0, G_OPTION_ARG_INT, &o->width, "Largest width, 1/300 inch", "N" },
    { "height", 0, 0, G_OPTION_ARG_INT, &o->height, "Largest height, 1/300 inch", "N" },
    { "resolutions", 0, 0, G_OPTION_ARG_STRING, &o->resolutions, "Comma list, dpi", "LIST" },
    { "modes", 0, 0, G_OPTION_ARG_STRING, &o->modes, "Comma list of eSCL colour modes", "LIST" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &o->name, "Make and model", "NAME" },
    { "no-platen", 0, 0, G_OPTION_ARG_NONE, &o->no_platen, "Feeder only", NULL },
    { "no-adf", 0, 0, G_OPTION_ARG_NONE, &o->no_adf, "Glass only", NULL },
    { "no-duplex", 0, 0, G_OPTION_ARG_NONE, &o->no_duplex, "Feeder reads fronts only", NULL },
    { "control", 0, 0, G_OPTION_ARG_STRING, &o->control, "Tell a running one: clear | load [FILE…] | fault LINE", "URL" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->files, NULL, "FILE…" },
    { NULL }
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("- an eSCL scanner for tests");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (o->files == NULL || (o->sides != 1 && o->sides != 2) || o->interval_ms < 0 || o->port < 0 || o->port > 65535
      || o->width < 1 || o->height < 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "usage: FILE… or --control URL WORD: see --help");
    return FALSE;
  }
  return TRUE;
}

static gboolean
set_up (Simulator *self, const Options *o, GError **error)
{
  char **platen = o->platen != NULL ? o->platen : o->files;
  EsclMachine *machine = self->machine;

  escl_machine_load (machine, (const char *const *) o->files);
  for (guint i = 0; platen[i] != NULL; i++)
    g_ptr_array_add (machine->platen, g_strdup (platen[i]));
  machine->sides = (guint) o->sides;
  machine->turned_backs = o->turned;
  machine->interval_ms = (guint) o->interval_ms;
  machine->record_dir = g_strdup (o->record);
  for (guint i = 0; o->faults != NULL && o->faults[i] != NULL; i++)
    if (!escl_machine_add_fault (machine, o->faults[i], error))
      return FALSE;
  if (o->script != NULL && !read_script (machine, o->script, error))
    return FALSE;
  if (o->empty)
    machine->next_sheet = G_MAXUINT / 4;
  self->model = (EsclModel) { .width = (guint) o->width, .height = (guint) o->height,
                              .resolutions = o->resolutions != NULL ? o->resolutions : "300",
                              .modes = o->modes != NULL ? o->modes : "Grayscale8,RGB24",
                              .name = o->name != NULL ? o->name : "Sohoa Simulator",
                              .has_platen = !o->no_platen, .has_adf = !o->no_adf, .has_duplex = !o->no_duplex };
  self->log = o->log != NULL ? fopen (o->log, "ae") : NULL;
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options o = { .sides = 2, .width = 2550, .height = 4200 };
  Simulator self = { 0 };
  g_autoptr(GError) error = NULL;

  (void) signal (SIGPIPE, SIG_IGN);
  if (!parse_options (&argc, &argv, &o, &error)) {
    g_printerr ("sohoa-escl-simulator: %s\n", error->message);
    return 2;
  }
  if (o.control != NULL)
    return send_control (o.control, o.files);
  self.machine = escl_machine_new ();
  self.loop = g_main_loop_new (NULL, FALSE);
  (void) g_unix_signal_add (SIGTERM, on_term, self.loop);
  (void) g_unix_signal_add (SIGINT, on_term, self.loop);
  if (!set_up (&self, &o, &error) || !serve (&self, (guint) o.port, o.address_file, &error)) {
    g_printerr ("sohoa-escl-simulator: %s\n", error->message);
    return 1;
  }
  if (self.log != NULL)
    (void) fclose (self.log);
  escl_machine_free (self.machine);
  return 0; /* what still hangs or stalls ends with the program */
}
