#include "sohoa-pipeline-private.h"

#include "sohoa-file.h"

/* One page on its way; its fields are the thread's until that has been joined. */
typedef struct {
  SohoaReadEarly *owner;   /* (unowned) */
  guint           index;
  GThread        *thread;  /* (owned) (nullable) joined when taken or dropped */
  int             image_fd; /* (owned) in memory: nothing of an uncleared page touches a disk */
  GVariant       *reply;   /* (owned) (nullable) NULL: read it again, which then says why */
} EarlyPage;

struct _SohoaReadEarly {
  SohoaWorkerPool *pool;        /* (unowned) */
  const SohoaPlan *plan;        /* (unowned) */
  GCancellable    *cancellable; /* (owned) */
  EarlyPage       *pages;       /* (owned) */
  guint            n_pages;
};

static gpointer
read_one (gpointer data)
{
  EarlyPage *page = data;
  const char *lost = NULL;

  if (!sohoa_ask_page_safely (page->owner->pool, page->owner->plan, page->index, -1, page->image_fd,
                              page->owner->cancellable, &page->reply, &lost, NULL)
      || lost != NULL) /* a worker was lost: the usual way tries again */
    g_clear_pointer (&page->reply, g_variant_unref);
  return NULL;
}

SohoaReadEarly *
sohoa_pipeline_read_early (SohoaWorkerPool *pool, const SohoaPlan *plan)
{
  guint n = sohoa_plan_count_pages (plan), size = sohoa_worker_pool_get_size (pool);
  SohoaReadEarly *self;

  if (n >= size)
    return NULL;
  self = g_new0 (SohoaReadEarly, 1);
  self->pool = pool;
  self->plan = plan;
  self->cancellable = g_cancellable_new ();
  self->n_pages = MIN (n, size - n);
  self->pages = g_new0 (EarlyPage, self->n_pages);
  for (guint i = 0; i < self->n_pages; i++) {
    EarlyPage *page = &self->pages[i];

    page->owner = self;
    page->index = i;
    page->image_fd = sohoa_memfd_new ("page", NULL);
    if (page->image_fd >= 0)
      page->thread = g_thread_new ("early", read_one, page);
  }
  return self;
}

void
sohoa_read_early_free (SohoaReadEarly *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < self->n_pages; i++) {
    if (self->pages[i].thread != NULL)
      (void) g_thread_join (self->pages[i].thread);
    sohoa_fd_clear (&self->pages[i].image_fd);
    g_clear_pointer (&self->pages[i].reply, g_variant_unref);
  }
  g_free (self->pages);
  g_object_unref (self->cancellable);
  g_free (self);
}

GVariant *
sohoa_read_early_take (SohoaReadEarly *self, const SohoaPlan *plan, guint i, int *image_fd)
{
  EarlyPage *page;

  if (self == NULL || self->plan != plan || i >= self->n_pages)
    return NULL;
  page = &self->pages[i];
  if (page->thread != NULL)
    (void) g_thread_join (g_steal_pointer (&page->thread));
  if (page->reply == NULL)
    return NULL;
  sohoa_fd_clear (image_fd);
  *image_fd = page->image_fd;
  page->image_fd = -1;
  return g_steal_pointer (&page->reply);
}
