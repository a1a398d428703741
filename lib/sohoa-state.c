#include "sohoa-state.h"

#define S(name) (1u << SOHOA_STATE_##name)

static const struct {
  const char *name;
  guint       next; /* bit set of legal next states */
  gboolean    working;
} states[SOHOA_N_STATES] = {
  [SOHOA_STATE_CAPTURED] = { "captured", S (CLEARED) | S (HELD) | S (FAILED) | S (CANCELLED), TRUE },
  [SOHOA_STATE_CLEARED] = { "cleared", S (PROCESSING) | S (HELD) | S (FAILED) | S (CANCELLED), TRUE },
  [SOHOA_STATE_PROCESSING] = { "processing",
                               S (CLEARED) | S (REVIEW) | S (CONFIRMED) | S (HELD) | S (FAILED)
                                 | S (CANCELLED),
                               TRUE },
  [SOHOA_STATE_REVIEW] = { "review",
                           S (CONFIRMED) | S (CLEARED) | S (RETURNED) | S (CANCELLED) | S (HELD)
                             | S (SUPERSEDED), FALSE },
  [SOHOA_STATE_CONFIRMED] = { "confirmed",
                              S (REGISTERED) | S (SIGNING) | S (REVIEW) | S (HELD) | S (FAILED)
                                | S (CANCELLED) | S (RETURNED),
                              TRUE },
  [SOHOA_STATE_REGISTERED] = { "registered",
                               S (SIGNING) | S (HELD) | S (FAILED) | S (CANCELLED), TRUE },
  [SOHOA_STATE_SIGNING] = { "signing",
                            S (SIGNED) | S (CONFIRMED) | S (HELD) | S (FAILED) | S (CANCELLED), TRUE },
  [SOHOA_STATE_SIGNED] = { "signed",
                           S (SUBMITTING) | S (HELD) | S (FAILED) | S (CANCELLED) | S (SUPERSEDED),
                           TRUE },
  [SOHOA_STATE_SUBMITTING] = { "submitting",
                               S (DELIVERED) | S (ACCEPTED) | S (REFUSED) | S (FAILED) | S (SIGNED)
                                 | S (HELD),
                               TRUE },
  [SOHOA_STATE_DELIVERED] = { "delivered",
                              S (ACCEPTED) | S (REFUSED) | S (RECALLED) | S (SUPERSEDED) | S (HELD),
                              TRUE },
  [SOHOA_STATE_ACCEPTED] = { "accepted", S (DONE) | S (RECALLED) | S (SUPERSEDED) | S (HELD), TRUE },
  [SOHOA_STATE_DONE] = { "done", S (RECALLED) | S (SUPERSEDED) | S (HELD), FALSE },
  [SOHOA_STATE_REFUSED] = { "refused", S (REVIEW) | S (CANCELLED) | S (SUPERSEDED) | S (HELD), FALSE },
  [SOHOA_STATE_RECALLED] = { "recalled", 0, FALSE },
  [SOHOA_STATE_HELD] = { "held",
                         S (CAPTURED) | S (CLEARED) | S (REVIEW) | S (CONFIRMED) | S (CANCELLED)
                           | S (RECALLED) | S (RETURNED),
                         FALSE },
  [SOHOA_STATE_FAILED] = { "failed",
                           S (CAPTURED) | S (CLEARED) | S (CONFIRMED) | S (SIGNED) | S (CANCELLED)
                             | S (HELD),
                           FALSE },
  [SOHOA_STATE_CANCELLED] = { "cancelled", 0, FALSE },
  [SOHOA_STATE_RETURNED] = { "returned", 0, FALSE },
  [SOHOA_STATE_SUPERSEDED] = { "superseded", 0, FALSE },
};

const char *
sohoa_state_to_string (SohoaState state)
{
  g_return_val_if_fail ((guint) state < SOHOA_N_STATES, "invalid");
  return states[state].name;
}

gboolean
sohoa_state_from_string (const char *name, SohoaState *state_out)
{
  for (guint i = 0; i < SOHOA_N_STATES; i++)
    if (g_strcmp0 (states[i].name, name) == 0) {
      *state_out = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
sohoa_state_may_move (SohoaState from, SohoaState to)
{
  g_return_val_if_fail ((guint) from < SOHOA_N_STATES && (guint) to < SOHOA_N_STATES, FALSE);
  return (states[from].next & (1u << to)) != 0;
}

gboolean
sohoa_state_is_working (SohoaState state)
{
  g_return_val_if_fail ((guint) state < SOHOA_N_STATES, FALSE);
  return states[state].working;
}

gboolean
sohoa_state_is_final (SohoaState state)
{
  g_return_val_if_fail ((guint) state < SOHOA_N_STATES, TRUE);
  return states[state].next == 0 || state == SOHOA_STATE_DONE;
}
