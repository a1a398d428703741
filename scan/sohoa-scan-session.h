/* One scan, supervised: a worker process of its own opens the device, sets it up and reads side after side
 * until the feeder is empty (feeder), after one page (glass), at an error, or when it is stopped.
 *
 * The caller is never blocked: a thread of the session asks the worker, and everything is told on the main
 * context that was the thread-default one at the start. Nothing is written to disk: a page is a memory file.
 * Back pressure: at most max_pages pages wait for sohoa_scan_page_free(); until then no further sheet is fed.
 *
 * A hang or crash of the driver: SIGKILL, then ONE clean retry when no paper can have moved (or it lies on
 * the glass); after that, and always when a sheet was under way, a named error that says which sheet to put back. */
#pragma once

#include "sohoa-scan-page.h"
#include "sohoa-scan-profile.h"

G_BEGIN_DECLS

typedef struct _SohoaScanSession SohoaScanSession;

typedef enum {
  SOHOA_SCAN_END_COMPLETE, /* feeder empty after one page at least, or the glass was read */
  SOHOA_SCAN_END_STOPPED,
  SOHOA_SCAN_END_FAILED,
} SohoaScanEnd;
const char *sohoa_scan_end_to_string (SohoaScanEnd end); /* "complete" … static */

typedef struct {
  SohoaScanEnd  end;
  const GError *error;         /* FAILED: SOHOA_SCAN_ERROR mostly; (unowned) */
  guint         n_images;      /* pages handed over */
  guint         n_sheets;      /* sheets of which every side was handed over */
  guint         put_back;      /* first sheet that has to be put back into the feeder; 0 = none is known to be missing */
  guint         sides_of_it;   /* sides of that sheet that were handed over already (its front, then a jam) */
  gboolean      retried;       /* the device had to be opened twice */
} SohoaScanOutcome;

typedef struct {
  /* @page is yours. Always before the end. */
  void (*page) (SohoaScanSession *self, SohoaScanPage *page, gpointer data);
  /* (nullable) bytes of the page under way; @expected 0 = not known. At most ten a second. */
  void (*progress) (SohoaScanSession *self, guint sheet, SohoaScanSide side, guint64 bytes, guint64 expected, gpointer data);
  /* (nullable) once, before the first page: what was set and read back, and where it differs from the wish.
   * @settings: a{sv} source: s, feeder: b, duplex: b, mode: s "color"|"gray"|"lineart", dpi: d, bytes: t per page */
  void (*ready) (SohoaScanSession *self, GVariant *settings, const char *const *notes, gpointer data);
  /* Once, the last call. After stop() it comes at once; the driver is wound up behind it. */
  void (*end) (SohoaScanSession *self, const SohoaScanOutcome *outcome, gpointer data);
} SohoaScanHandler;

typedef struct {
  const char             *device;   /* SANE name, or "escl:http://host/eSCL", "airscan:http://host/eSCL" */
  const SohoaScanProfile *profile;  /* (nullable) NULL = the default profile; copied */
  const char *const      *options;  /* (nullable) raw "name=value", set last, refused when the device refuses */
  guint                   first_sheet; /* number of the first sheet fed; 0 = 1 */
  guint                   max_images;  /* stop after so many; 0 = no limit */
  guint                   max_pages;   /* waiting for sohoa_scan_page_free(); 0 = 4 */
  guint                   call_limit_ms; /* shortens every deadline of a driver call; 0 = as sohoa-scan-protocol.h says */
} SohoaScanRequest;

/* Never fails: what goes wrong is the outcome. @handler: static. */
SohoaScanSession *sohoa_scan_session_start (const SohoaScanRequest *request, const SohoaScanHandler *handler, gpointer data);
/* Any number of times. The end follows within SOHOA_SCAN_STOP_ANSWER_MS, whatever the driver does. */
#define SOHOA_SCAN_STOP_ANSWER_MS 100
void sohoa_scan_session_stop (SohoaScanSession *self);
/* No call of @handler comes after it. A scan that still runs is stopped. Never blocks. */
void sohoa_scan_session_free (SohoaScanSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanSession, sohoa_scan_session_free)

/* Scans and driver wind-ups still under way in this program; for an orderly end and for tests. */
guint sohoa_scan_session_count_running (void);

G_END_DECLS
