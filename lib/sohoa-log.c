#include "sohoa-log.h"

#include <stdio.h>

static const GDebugKey topics[] = {
  { "queue", SOHOA_DEBUG_QUEUE },   { "worker", SOHOA_DEBUG_WORKER }, { "store", SOHOA_DEBUG_STORE },
  { "bus", SOHOA_DEBUG_BUS },       { "submit", SOHOA_DEBUG_SUBMIT }, { "intake", SOHOA_DEBUG_INTAKE },
  { "ocr", SOHOA_DEBUG_OCR },       { "sign", SOHOA_DEBUG_SIGN },
  { "scan", SOHOA_DEBUG_SCAN },
};

static guint    enabled_topics;
static gboolean verbose_log;

static GLogWriterOutput
write_record (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  (void) data;
  if (level == G_LOG_LEVEL_INFO && !verbose_log)
    return G_LOG_WRITER_HANDLED;
  if (level == G_LOG_LEVEL_DEBUG && !verbose_log && enabled_topics == 0)
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (fileno (stderr)))
    return g_log_writer_journald (level, fields, n_fields, NULL);
  {
    g_autofree char *text = g_log_writer_format_fields (level, fields, n_fields, FALSE);

    (void) fprintf (stderr, "%s\n", text);
    (void) fflush (stderr);
  }
  return G_LOG_WRITER_HANDLED;
}

void
sohoa_log_init (const char *program, gboolean verbose)
{
  g_set_prgname (program);
  enabled_topics = g_parse_debug_string (g_getenv ("SOHOA_DEBUG"), topics, G_N_ELEMENTS (topics));
  verbose_log = verbose;
  g_log_set_writer_func (write_record, NULL, NULL);
}

gboolean
sohoa_log_has_topic (SohoaDebugTopic topic)
{
  return (enabled_topics & topic) != 0;
}
