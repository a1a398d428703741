#include "sohoa-page-quality.h"

#include <math.h>

#define LOOK_DPI 75.0
#define DARK_PAPER 120         /* the paper's level of 255; old and brown paper stays above 150 */
#define PALE_INK 150           /* the darkest permille of the picture; printed ink is below 80 */
#define PALE_CONTRAST 40       /* of the darkest 5 permille to the paper: less is shine-through or nothing at all */
#define CORNER_MM 12.0
#define FOLD_DARK 90           /* level of the scanner's background behind a folded corner */
#define FOLD_SHARE 0.6         /* of the corner's own triangle */
#define FOLD_REST 0.2          /* the other triangle of the square is paper */
#define STREAK_SHARE 0.97      /* of the rows that tell, the outermost 2 % left out */
#define STREAK_SEEN 0.5        /* of all rows: on the rest letters stand beside it */
#define STREAK_PAPER 150       /* neighbours lighter than this are paper */
#define STREAK_STEP 18         /* levels darker than both neighbours 1 mm away */
#define STREAK_MAX_MM 1.2

static const struct {
  guint       flag;
  const char *name;
} names[] = {
  { SOHOA_QUALITY_DARK, "dark" },       { SOHOA_QUALITY_LIGHT, "light" },
  { SOHOA_QUALITY_CLIPPED, "clipped" }, { SOHOA_QUALITY_SKEWED, "skewed" },
  { SOHOA_QUALITY_LOW_RESOLUTION, "low-resolution" },
  { SOHOA_QUALITY_FOLDED_CORNER, "folded-corner" }, { SOHOA_QUALITY_STREAK, "streak" },
};

char **
sohoa_quality_to_strv (guint flags)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & names[i].flag)
      g_ptr_array_add (all, g_strdup (names[i].name));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

static guint
level (PIX *grey, int x, int y)
{
  return GET_DATA_BYTE (pixGetData (grey) + (gsize) y * pixGetWpl (grey), x);
}

/* Levels under which @permille of all pixels lie. */
static guint
percentile (const guint64 counts[256], guint64 total, guint permille)
{
  guint64 seen = 0;

  for (guint v = 0; v < 256; v++) {
    seen += counts[v];
    if (seen * 1000 >= total * permille)
      return v;
  }
  return 255;
}

static guint
light_flags (PIX *grey)
{
  guint64 counts[256] = { 0 };
  int w = pixGetWidth (grey), h = pixGetHeight (grey);
  guint flags = 0, paper;

  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++)
      counts[level (grey, x, y)]++;
  paper = percentile (counts, (guint64) w * h, 700);
  if (paper < DARK_PAPER)
    flags |= SOHOA_QUALITY_DARK;
  if (percentile (counts, (guint64) w * h, 1) > PALE_INK
      && percentile (counts, (guint64) w * h, 5) + PALE_CONTRAST < paper)
    flags |= SOHOA_QUALITY_LIGHT;
  return flags;
}

/* Share of dark pixels in the triangle at a corner (@near) or in the other half of its square. */
static double
dark_share (PIX *grey, int side, gboolean right, gboolean bottom, gboolean near)
{
  int w = pixGetWidth (grey), h = pixGetHeight (grey), dark = 0, all = 0;

  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      if ((x + y < side) != near)
        continue;
      all++;
      dark += level (grey, right ? w - 1 - x : x, bottom ? h - 1 - y : y) < FOLD_DARK;
    }
  return all > 0 ? (double) dark / all : 0;
}

/* A triangle is dark where the corner is missing. Looked for at two sizes, for nobody knows how much is folded. */
static gboolean
has_folded_corner (PIX *grey, double dpi)
{
  int side = (int) (CORNER_MM / 25.4 * dpi);

  if (side < 8 || pixGetWidth (grey) < 4 * side || pixGetHeight (grey) < 4 * side)
    return FALSE;
  for (int corner = 0; corner < 4; corner++)
    for (int size = side / 2; size <= side * 2; size += side / 2)
      if (dark_share (grey, size, corner & 1, corner & 2, TRUE) > FOLD_SHARE
          && dark_share (grey, size, corner & 1, corner & 2, FALSE) < FOLD_REST)
        return TRUE;
  return FALSE;
}

/* A column darker than its surroundings over (nearly) the whole height: no printed line reaches so far. Rows where a
 * letter stands beside it say nothing. */
static gboolean
has_streak (PIX *grey, double dpi)
{
  int w = pixGetWidth (grey), h = pixGetHeight (grey), reach = MAX (2, (int) (dpi / 25.4 * STREAK_MAX_MM)), edge = w / 50;
  int top = h / 50, rows = h - 2 * top;

  for (int x = MAX (edge, reach); x < w - MAX (edge, reach); x++) {
    int hits = 0, misses = 0;

    for (int y = top; y < top + rows && misses <= rows * (1 - STREAK_SHARE); y++) {
      int here = (int) level (grey, x, y), left = (int) level (grey, x - reach, y), right = (int) level (grey, x + reach, y);

      if (here + STREAK_STEP <= MIN (left, right))
        hits++;
      else if (ABS (left - right) < STREAK_STEP && MIN (left, right) > STREAK_PAPER)
        misses++;
    }
    if (misses <= rows * (1 - STREAK_SHARE) && hits >= rows * STREAK_SEEN)
      return TRUE;
  }
  return FALSE;
}

guint
sohoa_page_quality (PIX *pix, double dpi, const SohoaPageAnalysis *analysis)
{
  PIX *grey = pixGetDepth (pix) == 1 ? pixConvert1To8 (NULL, pix, 255, 0) : pixConvertTo8 (pix, 0);
  PIX *small = grey != NULL && dpi > LOOK_DPI ? pixScaleAreaMap (grey, (l_float32) (LOOK_DPI / dpi), (l_float32) (LOOK_DPI / dpi))
                                              : (grey != NULL ? pixClone (grey) : NULL);
  double real = MIN (dpi, LOOK_DPI);
  guint flags = 0;

  pixDestroy (&grey);
  if (small == NULL)
    return 0;
  if (pixGetDepth (pix) != 1)
    flags |= light_flags (small);
  if (has_folded_corner (small, real))
    flags |= SOHOA_QUALITY_FOLDED_CORNER;
  if (has_streak (small, real))
    flags |= SOHOA_QUALITY_STREAK;
  if (analysis->flags & SOHOA_PAGE_FLAG_CLIPPED)
    flags |= SOHOA_QUALITY_CLIPPED;
  if (fabs (analysis->skew_deg) > SOHOA_QUALITY_MAX_SKEW_DEG && !analysis->blank)
    flags |= SOHOA_QUALITY_SKEWED;
  if (analysis->flags & SOHOA_PAGE_FLAG_LOW_RESOLUTION)
    flags |= SOHOA_QUALITY_LOW_RESOLUTION;
  pixDestroy (&small);
  return flags;
}
