/* A document's life (design.md 3).
 *
 *   captured ─▶ cleared ─▶ processing ─▶ review ─▶ confirmed ─▶ [registered] ─▶ signing ─▶ signed
 *      │           │            │           │          │              │             │         │
 *      │           │            ▼           ▼          ▼              ▼             ▼         ▼
 *      └──▶ held ◀─┴──────── failed     returned    cancelled ◀───────┘          failed   submitting
 *                                                                                             │
 *             refused (02) ◀── delivered (01) ◀───────────────────────────────────────────────┘
 *                 │                │
 *                 ▼                ▼
 *            review (fix)      accepted (03) ─▶ done;   recalled (13/15), superseded (V2…)
 *
 * review → superseded: the paper of a document that is registered already ("Đã nhận bản giấy của số đến N").
 * `held` goes back where the reason allows (released by a person) or to `cancelled` (purged). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SOHOA_STATE_CAPTURED,
  SOHOA_STATE_CLEARED,
  SOHOA_STATE_PROCESSING,
  SOHOA_STATE_REVIEW,
  SOHOA_STATE_CONFIRMED,
  SOHOA_STATE_REGISTERED,
  SOHOA_STATE_SIGNING,
  SOHOA_STATE_SIGNED,
  SOHOA_STATE_SUBMITTING,
  SOHOA_STATE_DELIVERED,
  SOHOA_STATE_ACCEPTED,
  SOHOA_STATE_DONE,
  SOHOA_STATE_REFUSED,
  SOHOA_STATE_RECALLED,
  SOHOA_STATE_HELD,
  SOHOA_STATE_FAILED,
  SOHOA_STATE_CANCELLED,
  SOHOA_STATE_RETURNED,
  SOHOA_STATE_SUPERSEDED,
  SOHOA_N_STATES
} SohoaState;

/* "captured", "cleared" … as stored, shown in JSON and on the bus. Static string. */
const char *sohoa_state_to_string (SohoaState state);

/* @state_out: set only on success. FALSE for an unknown name. */
gboolean sohoa_state_from_string (const char *name, SohoaState *state_out);

/* Whether the table of legal moves has @from → @to. Moving to the same state is not a move. */
gboolean sohoa_state_may_move (SohoaState from, SohoaState to);

/* Whether a machine has something to do for a document in @state (the queue's question). */
gboolean sohoa_state_is_working (SohoaState state);

/* Whether no further move happens by itself and none is expected of a person. */
gboolean sohoa_state_is_final (SohoaState state);

G_END_DECLS
