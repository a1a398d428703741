/* The wide world of paper: every family of bodies, all types of NĐ30 Art. 7, and what travels with a document
 * (annexes, another body's paper, copies, directions by pen). Everybody in it is invented. */
#pragma once

#include "page-document.h"

/* Chooses what a wide document carries, by @rand: families, stamps, hand, traps. */
void page_wide_wish (GRand *rand, PageWish *wish);

/* Fills all of @document from its wish but the recipients and the arrival stamp. */
void page_wide_fill (PageDocument *document, GRand *rand);

/* The name the law gives the type: "Quyết định"; static. */
const char *page_wide_type_name (const PageDocument *document);
