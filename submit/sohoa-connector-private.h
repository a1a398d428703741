/* For the connectors of this folder. */
#pragma once

#include "sohoa-connector.h"
#include "sohoa-errors.h"

G_BEGIN_DECLS

#define SOHOA_SUBMIT_REASON_MAX_BYTES 2000

struct _SohoaConnector {
  const SohoaConnectorVtable *vtable;
  SohoaTarget *target;  /* (owned) never changes */
  char        *secret;  /* (owned) (nullable) */
  gpointer     data;    /* (owned) the backend's, freed by its clear() */
};

extern const SohoaConnectorVtable sohoa_rest_connector;
extern const SohoaConnectorVtable sohoa_vxp_connector;
extern const SohoaConnectorVtable sohoa_folder_connector; /* sohoa-box-connector.c */
extern const SohoaConnectorVtable sohoa_assisted_connector; /* the folder, and a person who answers */
extern const SohoaConnectorVtable sohoa_webdav_connector;
extern const SohoaConnectorVtable sohoa_sftp_connector;

/* @answer: (nullable). Strings are "" and error_code 0. */
SohoaReceipt *sohoa_receipt_new (SohoaOutcome outcome, GBytes *answer);
/* UNKNOWN or REFUSED with a reason made fit for showing (one line, capped). */
SohoaReceipt *sohoa_receipt_new_failed (SohoaOutcome outcome, SohoaSubmitError code, const char *reason,
                                        GBytes *answer);
SohoaStatus *sohoa_status_new (const char *code, const char *description, gint64 time_us, const char *message_id);
/* Sorts by time, then code. */
void sohoa_statuses_sort (GPtrArray *statuses);

G_END_DECLS
