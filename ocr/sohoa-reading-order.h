/* Lines of the recogniser → lines and blocks in the order a reader takes them: the two columns of a
 * Vietnamese document's head (issuing body | Quốc hiệu) and foot (Nơi nhận | signer) come out one after
 * the other, not as one line across. */
#pragma once

#include "sohoa-text-layer.h"

G_BEGIN_DECLS

/* Changes @layer in place: splits lines at column gaps, orders them, numbers the blocks anew. */
void sohoa_reading_order_apply (SohoaTextLayer *layer);

G_END_DECLS
