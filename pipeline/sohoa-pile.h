/* What the pages of one pile tell about each other: how they lie, and whether a sheet was fed twice. */
#pragma once

#include "sohoa-record.h"
#include "sohoa-sheet.h"

G_BEGIN_DECLS

typedef struct _SohoaPile SohoaPile; /* one caller at a time */

SohoaPile *sohoa_pile_new (guint n_pages);
void       sohoa_pile_free (SohoaPile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPile, sohoa_pile_free)

/* @i from 0. @print: (nullable) ay of the worker; another length than a print has counts as none. */
void sohoa_pile_set_print (SohoaPile *self, guint i, GVariant *print);
void sohoa_pile_set_text (SohoaPile *self, guint i, const SohoaTextLayer *layer);

/* The turn in degrees that all proven pages of the same side (every other page, as a duplex feeder delivers them) of the
 * same file and shape made; -1 when they are too few or not of one mind, or when page @i needs no help. */
int  sohoa_pile_turn_hint (const SohoaPile *self, const SohoaRecord *record, guint i);

/* Adds the flag "duplicate" and a finding to every page that looks like an earlier one. Nothing is ever dropped. */
void sohoa_pile_flag_duplicates (const SohoaPile *self, SohoaRecord *record);

G_END_DECLS
