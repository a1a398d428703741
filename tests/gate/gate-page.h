/* Pages for the gate's campaign: invented papers with a secrecy mark put on by hand, and papers that only look
 * as if they had one. Everything follows from the seed. */
#pragma once

#include <leptonica/allheaders.h>

#include "page-document.h"

/* The five ways of the campaign a mark is made hard to see (issue 5, promise 6). */
typedef enum {
  GATE_WEAR_FADED,       /* a dry pad on old paper */
  GATE_WEAR_SEAL,        /* over a round seal */
  GATE_WEAR_HANDWRITING, /* a pen beside and across it */
  GATE_WEAR_STACK,       /* not the first page the gate is told of */
  GATE_WEAR_POOR,        /* skew, noise, fax, low contrast, shadow */
} GateWear;
#define GATE_N_WEARS 5
const char *gate_wear_to_string (GateWear wear);

typedef struct {
  PIX     *pix;      /* (owned) not turned */
  double   dpi;
  gboolean first;    /* what the gate is told */
  char    *what;     /* (owned) for the report: "TỐI MẬT red framed sans 14.2 pt -6°" */
} GatePage;

/* Call once. FALSE when the fonts are not installed. */
gboolean gate_page_init (GError **error);
/* A page with a mark: the @seed-th, under @wear. */
GatePage gate_page_marked (guint seed, GateWear wear);
/* A page without: @seed % number of traps chooses what tempts the detector. */
GatePage gate_page_unmarked (guint seed);
/* An ordinary first page of number and symbol "152/UBND-VX" with this subject; nothing on it tempts. */
GatePage gate_page_ordinary (guint seed, const char *number, const char *subject);
void     gate_page_clear (GatePage *self);
