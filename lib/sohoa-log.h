/* Logging: GLib levels as style.md 5 has them, debug topics through SOHOA_DEBUG=queue,worker,…
 * ("help" lists them). Never a secret, never page text, never a field's value. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SOHOA_DEBUG_QUEUE = 1 << 0,
  SOHOA_DEBUG_WORKER = 1 << 1,
  SOHOA_DEBUG_STORE = 1 << 2,
  SOHOA_DEBUG_BUS = 1 << 3,
  SOHOA_DEBUG_SUBMIT = 1 << 4,
  SOHOA_DEBUG_INTAKE = 1 << 5,
  SOHOA_DEBUG_OCR = 1 << 6,
  SOHOA_DEBUG_SIGN = 1 << 7,
  SOHOA_DEBUG_SCAN = 1 << 8,
} SohoaDebugTopic;

/* Reads SOHOA_DEBUG once, sends messages to stderr (info and debug only with @verbose) with the
 * program's name. Call first thing in main. */
void sohoa_log_init (const char *program, gboolean verbose);

gboolean sohoa_log_has_topic (SohoaDebugTopic topic);

#define sohoa_debug(topic, ...)                                                                        \
  G_STMT_START                                                                                         \
  {                                                                                                    \
    if (sohoa_log_has_topic (topic))                                                                   \
      g_debug (__VA_ARGS__);                                                                           \
  }                                                                                                    \
  G_STMT_END

G_END_DECLS
