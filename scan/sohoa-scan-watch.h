/* Private to sohoa-scan-worker: which driver call is running since when, so that the main thread can tell a hang
 * by its name, and whether the supervisor wants to stop. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  GMutex        lock;
  const char   *call;       /* (unowned) (nullable) static name of the running driver call */
  gint64        since_us;
  guint         limit_ms;   /* of this call */
  guint         cap_ms;     /* shortens every limit; 0 = none */
  gint64        stop_us;    /* when stop was asked for; 0 = not */
  GCancellable *stop;       /* (owned) cancelled at once by stop */
} SohoaScanWatch;

void sohoa_scan_watch_init (SohoaScanWatch *self);
/* Around every driver call. */
void sohoa_scan_watch_begin (SohoaScanWatch *self, const char *call, guint limit_ms);
void sohoa_scan_watch_end (SohoaScanWatch *self);
void sohoa_scan_watch_stop (SohoaScanWatch *self);
gboolean sohoa_scan_watch_is_stopping (SohoaScanWatch *self);
/* The call that passed its deadline, or NULL. @left_ms_out: until the running call passes it, -1 = none runs. */
const char *sohoa_scan_watch_find_late (SohoaScanWatch *self, int *left_ms_out);

#define SOHOA_SCAN_CALL(watch, limit_ms, call, expression)                                             \
  G_STMT_START                                                                                         \
  {                                                                                                    \
    sohoa_scan_watch_begin (watch, call, limit_ms);                                                    \
    expression;                                                                                        \
    sohoa_scan_watch_end (watch);                                                                      \
  }                                                                                                    \
  G_STMT_END

G_END_DECLS
