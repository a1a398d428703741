/* Private to the eSCL client of sohoa-scan-worker. */
#pragma once

#include "sohoa-escl-xml.h"
#include "sohoa-scan-driver.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct {
  SohoaScanWatch *watch;     /* (unowned) */
  char           *device;    /* (owned) as given */
  GUri           *base;      /* (owned) ends with '/' */
  SoupSession    *session;   /* (owned) */
  SohoaEsclCaps   caps;      /* (owned) */
  SohoaEsclTicket ticket;    /* as applied; its texts are static or in caps/extra */
  GHashTable     *extra;     /* (owned) */
  gboolean        applied;
  char           *job;       /* (owned) (nullable) path of the running job */
  gboolean        job_done;  /* the device has ended it */
  guint           n_images;  /* of this job */
  int             fd;        /* (unowned) of the page under way */
  GInputStream   *stream;    /* (owned) (nullable) picture under way */
  SoupMessage    *message;   /* (owned) (nullable) */
  guint64         got;
} SohoaEscl;

/* One small exchange. Gives the HTTP status, 0 with @error. @body (nullable): sent as XML. @answer (nullable): yours.
 * @location (nullable): of the answer, yours. Errors: SOHOA_SCAN_ERROR_OFFLINE or _VANISHED, cancelled. */
guint sohoa_escl_ask (SohoaEscl *self, const char *method, const char *path, const char *body, GBytes **answer,
                      char **location, GError **error);
/* Asks for the next picture: status 200 leaves self->stream and self->message. */
guint sohoa_escl_fetch (SohoaEscl *self, const char *path, GError **error);
/* Turns a transport error into a named one. Takes @cause. */
gboolean sohoa_escl_fail_io (SohoaEscl *self, GError *cause, GError **error);
/* What the device says of itself now; FALSE when it does not answer. */
gboolean sohoa_escl_get_status (SohoaEscl *self, SohoaEsclStatus *out);
/* A trouble that the feeder reports, as a named error; FALSE: none. */
gboolean sohoa_escl_feeder_trouble (SohoaEscl *self, const SohoaEsclStatus *status, GError **error);

/* sohoa-escl-apply.c */
GVariant *sohoa_escl_apply (gpointer handle, GVariant *settings, const char *const *raw, GError **error);
GVariant *sohoa_escl_caps_to_variant (gpointer handle, GError **error);
/* sohoa-escl-page.c */
gboolean sohoa_escl_start (gpointer handle, int fd, guint64 *expected_out, GError **error);
gboolean sohoa_escl_read (gpointer handle, SohoaScanSlice *slice, GError **error);
void     sohoa_escl_drop_stream (SohoaEscl *self);

G_END_DECLS
