/* Pages of a kept PDF as pictures, drawn by a locked-down worker: nothing of the file itself reaches the browser. And the
 * register as a table file. */
#pragma once

#include "sohoa-qlvb-store.h"
#include "sohoa-worker-pool.h"

G_BEGIN_DECLS

/* Page @page (from 1) of the PDF at @path as PNG. Any thread. Errors: what the worker says, SOHOA_ERROR_UNAVAILABLE. */
GBytes *sohoa_qlvb_picture (SohoaWorkerPool *pool, const char *path, guint page, GError **error);
/* 0 with @error: it cannot be opened. */
guint   sohoa_qlvb_count_pages (SohoaWorkerPool *pool, const char *path, GError **error);

/* The ten columns with a byte order mark, as LibreOffice and Excel open them; a value never begins a formula. All rows
 * of @filter, as the register shows them; NULL: it cannot be read. */
GBytes *sohoa_qlvb_register_csv (SohoaQlvbStore *store, const SohoaQlvbFilter *filter);

G_END_DECLS
