/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The jitter buffer in virtual time: a table of what the network did and what
 * is heard for it, then networks at random, of which only the promises of
 * jitter-core.h are asked.
 *
 * A script lists packets as SEQUENCE[:FRAME][flags]@MILLISECONDS. FRAME is when
 * it was spoken, in frames of 20 ms, and the SEQUENCE if not given; flags are
 * f (has FEC), q (quiet), r (rests after it), b (another source). What is
 * heard is P or F with the packet's frame, C and S, a number after these two
 * telling how many.
 */
#include <jitter-core.h>
#include <stdlib.h>
#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)
#define RATE 48000
#define FRAME 960
#define WIDE 300
#define START (G_GINT64_CONSTANT (90000000) * MS)

typedef struct
{
  JitterCore *core;
  guint32 base;                 /* timestamp of frame 0 */
  GString *heard;
  gchar run;                    /* C or S */
  guint n_run;
  gint64 due;                   /* of the next piece, or -1 */
  gint64 last_frame;
  gint64 longest;               /* delay of all that was played */
  gboolean in_order;
} Fixture;

static void
set_up (Fixture * f, guint32 base)
{
  memset (f, 0, sizeof *f);
  f->core = jitter_core_new (RATE, 40 * MS, 60 * MS, WIDE * MS);
  f->base = base;
  f->heard = g_string_new (NULL);
  f->due = f->last_frame = -1;
  f->in_order = TRUE;
}

static void
tear_down (Fixture * f)
{
  jitter_core_free (f->core);
  g_string_free (f->heard, TRUE);
}

static void
end_run (Fixture * f)
{
  if (f->n_run > 0)
    g_string_append_printf (f->heard, f->n_run > 1 ? "%c%u " : "%c ", f->run,
        f->n_run);
  f->n_run = 0;
}

static void
note (Fixture * f, JitterAction action, const JitterPiece * piece)
{
  gint64 frame = (gint32) (piece->timestamp - f->base) / FRAME;
  JitterStats stats;

  if (action == JITTER_CONCEAL || action == JITTER_SILENCE) {
    gchar what = action == JITTER_CONCEAL ? 'C' : 'S';

    if (what != f->run)
      end_run (f);
    f->run = what;
    f->n_run++;
    return;
  }
  end_run (f);
  g_assert_cmpuint (piece->size, ==, 4);
  g_assert_cmpmem (piece->payload, 4, &piece->timestamp, 4);
  jitter_core_get_stats (f->core, &stats);
  /* What is played is at most so old: the greatest delay and a frame. */
  g_assert_cmpint (stats.delay, <, (WIDE + 20) * MS);
  g_assert_cmpint (stats.target, >=, 40 * MS);
  g_assert_cmpint (stats.target, <=, WIDE * MS);
  f->longest = MAX (f->longest, stats.delay);
  if (action == JITTER_PLAY && frame <= f->last_frame)
    f->in_order = FALSE;
  if (action == JITTER_PLAY)
    f->last_frame = frame;
  g_string_append_printf (f->heard, "%c%d ", action == JITTER_PLAY ? 'P' : 'F',
      (gint) frame);
}

/* The nanoseconds of both sides are rounded. */
static void
check_seamless (Fixture * f, const JitterPiece * piece)
{
  g_assert_cmpuint (piece->duration, >, 0);
  if (f->due >= 0 && !piece->discontinuity)
    g_assert_cmpint (ABS (piece->due - f->due), <=, 2);
  f->due = piece->due + piece->duration * (1000 * MS) / RATE;
}

static void
play_until (Fixture * f, gint64 now)
{
  gint64 due;

  while ((due = jitter_core_deadline (f->core)) >= 0 && due <= now) {
    JitterAction action;
    JitterPiece piece;

    action = jitter_core_pull (f->core, due, &piece);
    g_assert_cmpint (action, !=, JITTER_WAIT);
    check_seamless (f, &piece);
    note (f, action, &piece);
  }
}

static void
arrive (Fixture * f, guint sequence, gint64 frame, const gchar * flags,
    gint64 at)
{
  JitterPacket packet = {
    .ssrc = strchr (flags, 'b') ? 2 : 1,
    .timestamp = f->base + (guint32) (frame * FRAME),
    .sequence = sequence,
    .duration = FRAME,
    .quiet = strchr (flags, 'q') != NULL,
    .rests = strchr (flags, 'r') != NULL,
    .fec = strchr (flags, 'f') != NULL,
    .size = 4,
  };

  packet.payload = (const guint8 *) &packet.timestamp;
  jitter_core_push (f->core, &packet, at);
}

static void
run_script (Fixture * f, const gchar * script, guint first)
{
  gchar **items = g_strsplit (script, " ", -1);

  for (gchar ** i = items; *i; i++) {
    gchar flags[8] = "", *end;
    glong sequence = strtol (*i, &end, 10), frame = sequence, at;

    if (*end == ':')
      frame = strtol (end + 1, &end, 10);
    for (guint n = 0; *end != '@'; end++)
      flags[n++] = *end;
    at = strtol (end + 1, NULL, 10);
    play_until (f, START + at * MS);
    arrive (f, first + sequence, frame, flags, START + at * MS);
  }
  g_strfreev (items);
}

typedef struct
{
  const gchar *name, *script;
  gint until;                   /* ms */
  const gchar *heard;
  guint lost, late, duplicate, inserted, skipped;
} Row;

/* The first packet is played 40 ms after it came, the others behind it. */
static const Row rows[] = {
  {"on-time", "0@0 1@20 2@40 3@60", 110, "P0 P1 P2 P3"},
  {"reordered", "0@0 2@20 1@38 4@45 3@60", 130, "P0 P1 P2 P3 P4"},
  {"first-two-reordered", "1@0 0@4 2@20", 75, "P0 P1 P2"},
  {"duplicates", "0@0 0@1 1@20 1@21 1@70 2@72", 95, "P0 P1 P2", 0, 0, 3},
  {"lost", "0@0 2@40 3@60 4@80", 130, "P0 C P2 P3 P4", 1},
  {"lost-fec", "0@0 2f@40 3@60 4@80", 130, "P0 F2 P2 P3 P4", 1},
  {"two-lost-fec", "0@0 1@20 4f@80 5@100", 150, "P0 P1 C F4 P4 P5", 2, 0, 0, 1},
  {"late-and-lost", "0@0 2@40 1@61 3@62 4@80", 130, "P0 C P2 P3 P4", 1, 1},
  /* Only 3 is missed; its successors are in time again. */
  {"late-waited-for", "0@0 1@20 2@40 3@105 4@106 5@107 6@120", 190,
      "P0 P1 P2 C P3 P4 P5 P6", 0, 0, 0, 1},
  {"rest", "0@0 1@20 2r@40 3:8@160 4:9@180", 230, "P0 P1 P2 S5 P8 P9"},
  {"rest-and-lost", "0@0 1r@20 3:6f@120", 175, "P0 P1 S3 F6 P6", 1},
  /* 2 to 13 are too old when they come, and nothing is heard anyway. */
  {"stall", "0@0 1@20 2@320 3@321 4@321 5@321 6@321 7@322 8@322 9@322 10@322 "
        "11@322 12@322 13@322 14@322 15@322 16@322 17@340 18@360", 400,
      "P0 P1 C5 S8 P14 P15 P16 P17", 0, 0, 0, 1, 12},
  {"pause-catches-up", "0@0 1@20 2@40 3@105 4@106 5@107 6q@120 7@140 8@160",
      210, "P0 P1 P2 C P3 P4 P5 P7 P8", 0, 0, 0, 1, 1},
  {"source-changes", "0@0 1@20 50:900b@40 2@41 51:901b@60 52:902b@80", 122,
      "P0 S P900 P901 P902", 0, 0, 0, 0, 1},
  {"too-old-at-start", "5@0 6@20 1@30 7@40", 95, "P5 P6 P7", 0, 1},
};

static void
table (gconstpointer data)
{
  /* Also over the wraps of both numbers. */
  static const struct
  {
    guint32 base;
    guint first;
  } origins[] = { {0, 0}, {(guint32) - 2 * FRAME, 65535}, {0x7ffffc00, 32766} };
  const Row *row = data;

  for (guint i = 0; i < G_N_ELEMENTS (origins); i++) {
    JitterStats stats;
    Fixture f;

    set_up (&f, origins[i].base);
    run_script (&f, row->script, origins[i].first);
    play_until (&f, START + row->until * MS);
    end_run (&f);
    g_assert_cmpstr (g_strchomp (f.heard->str), ==, row->heard);
    jitter_core_get_stats (f.core, &stats);
    g_assert_cmpuint (stats.lost, ==, row->lost);
    g_assert_cmpuint (stats.late, ==, row->late);
    g_assert_cmpuint (stats.duplicate, ==, row->duplicate);
    g_assert_cmpuint (stats.inserted, ==, row->inserted);
    g_assert_cmpuint (stats.skipped, ==, row->skipped);
    g_assert_cmpint (f.longest, <, 80 * MS);
    tear_down (&f);
  }
}

/* A network at random: when each packet arrives, sorted. */
typedef struct
{
  guint loss, duplicates;       /* per cent */
  gint jitter, stall;           /* ms; a stall every ten seconds */
  gint calm;                    /* s after which there is no jitter, or 0 */
  gboolean queued;              /* late packets hold back those behind */
  gint drift;                   /* ppm, of the sender's clock */
  gboolean rests;               /* says something half of the time */
} Network;

typedef struct
{
  gint64 at;
  guint sequence;
  gint64 frame;
  gboolean last;                /* before a rest */
} Arrival;

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const Arrival *x = a, *y = b;

  return x->at < y->at ? -1 : x->at > y->at;
}

static GArray *
make_arrivals (const Network * n, GRand * rand, guint seconds)
{
  GArray *arrivals = g_array_new (FALSE, FALSE, sizeof (Arrival));
  guint sequence = 65000;
  gint64 before = 0;

  for (gint64 frame = 0; frame < seconds * 50; frame++) {
    gint64 spoken = frame * 20 * MS * (1000000 + n->drift) / 1000000;
    gint jitter = n->calm && frame >= n->calm * 50 ? 0 : n->jitter;
    gint64 at = spoken + (jitter ? g_rand_int_range (rand, 0, jitter * 1000)
        * (MS / 1000) : 0);
    Arrival a = {.frame = frame,.last = n->rests && frame % 100 == 49 };

    if (n->rests && frame % 100 >= 50)
      continue;
    if (n->stall && frame % 500 > 400 && frame % 500 <= 400 + n->stall / 20)
      at = spoken + (400 + n->stall / 20 - frame % 500) * 20 * MS;
    if (n->queued)
      at = before = MAX (at, before);
    a.sequence = sequence++;
    a.at = START + at;
    if (g_rand_int_range (rand, 0, 100) >= (gint) n->loss)
      g_array_append_val (arrivals, a);
    a.at += 7 * MS;
    if (g_rand_int_range (rand, 0, 100) < (gint) n->duplicates)
      g_array_append_val (arrivals, a);
  }
  g_array_sort (arrivals, by_time);
  return arrivals;
}

/* From one second to another of a network; figures until then. */
static void
run_part (Fixture * f, const GArray * arrivals, guint * next, guint seconds,
    JitterStats * stats)
{
  gint64 end = START + seconds * 1000 * MS;

  for (; *next < arrivals->len; (*next)++) {
    const Arrival *a = &g_array_index (arrivals, Arrival, *next);

    if (a->at >= end)
      break;
    play_until (f, a->at);
    arrive (f, a->sequence, a->frame, a->last ? "rf" : "f", a->at);
  }
  play_until (f, end);
  jitter_core_get_stats (f->core, stats);
  g_assert_true (f->in_order);
  /* Up to the end, without a hole. */
  g_assert_cmpint (f->due, >, end);
}

static void
run_network (Fixture * f, const Network * n, guint32 seed, guint seconds,
    JitterStats * stats)
{
  GRand *rand = g_rand_new_with_seed (seed);
  GArray *arrivals = make_arrivals (n, rand, seconds);
  guint next = 0;

  run_part (f, arrivals, &next, seconds, stats);
  g_array_unref (arrivals);
  g_rand_free (rand);
}

static void
promises (void)
{
  static const gint losses[] = { 0, 3, 30 }, jitters[] = { 0, 15, 50, 200 },
      stalls[] = { 0, 60, 400, 1900 }, drifts[] = { 0, -300, 300 };

  for (guint32 seed = 0; seed < 288; seed++) {
    Network n = {.loss = losses[seed % 3],.duplicates = seed % 5,
      .jitter = jitters[seed / 3 % 4],.stall = stalls[seed / 12 % 4],
      .drift = drifts[seed / 48 % 3],.rests = seed / 144 % 2
    };
    JitterStats stats;
    Fixture f;

    set_up (&f, seed * 123456789);
    run_network (&f, &n, seed, 30, &stats);
    g_assert_cmpuint (stats.received, ==, stats.played + stats.late
        + stats.duplicate + stats.skipped + stats.refused + stats.overflown
        + stats.buffered);
    tear_down (&f);
  }
}

/* What a buffer of 40 ms must bear, it bears without any trace. */
static void
small_jitter_is_not_heard (void)
{
  Network n = {.jitter = 15 };
  JitterStats stats;
  Fixture f;

  set_up (&f, 0);
  run_network (&f, &n, 1, 60, &stats);
  g_assert_cmpuint (stats.lost + stats.late + stats.concealed + stats.silent
      + stats.skipped, ==, 0);
  g_assert_cmpint (stats.delay, >=, 40 * MS);
  g_assert_cmpint (stats.delay, <=, 60 * MS);
  g_assert_cmpint (stats.jitter, >, 2 * MS);
  g_assert_cmpint (stats.jitter, <, 10 * MS);
  tear_down (&f);
}

/* Single losses are all restored from the packet behind. */
static void
losses_are_restored (void)
{
  Network n = {.loss = 3,.jitter = 10 };
  JitterStats stats;
  Fixture f;

  set_up (&f, 0);
  run_network (&f, &n, 2, 60, &stats);
  g_assert_cmpuint (stats.lost, >, 50);
  g_assert_cmpuint (stats.fec, >=, stats.lost * 9 / 10);
  g_assert_cmpuint (stats.late, ==, 0);
  tear_down (&f);
}

/* Ten minutes of a clock that is 300 ppm off: nine frames too many or too few,
 * and the delay stays. */
static void
drift (void)
{
  for (gint ppm = -300; ppm <= 300; ppm += 600) {
    Network n = {.jitter = 5,.drift = ppm,.rests = TRUE };
    JitterStats stats;
    Fixture f;

    set_up (&f, 0);
    run_network (&f, &n, 3, 600, &stats);
    g_assert_cmpuint (stats.played, >=, 14990);
    g_assert_cmpuint (stats.late + stats.lost, <=, 2);
    g_assert_cmpint (stats.delay, >=, 30 * MS);
    tear_down (&f);
  }
}

/* Late again and again: after three seconds next to nothing is missed, whether
 * packets overtake one another or not, and after ten seconds of speech without
 * it nothing of it is left, even if the sender never rests. */
static void
great_jitter (void)
{
  for (guint32 seed = 0; seed < 24; seed++) {
    Network n = {.jitter = seed % 3 ? 200 : 100,.calm = 30,
      .queued = seed & 1,.rests = seed >> 1 & 1,.loss = seed & 4 ? 10 : 0
    };
    GRand *rand = g_rand_new_with_seed (seed);
    GArray *arrivals = make_arrivals (&n, rand, 50);
    JitterStats early, late, calm;
    guint next = 0;
    Fixture f;

    set_up (&f, seed * 123456789);
    run_part (&f, arrivals, &next, 3, &early);
    run_part (&f, arrivals, &next, 30, &late);
    run_part (&f, arrivals, &next, n.rests ? 50 : 40, &calm);
    /* The first packets of a speech have nobody to wait behind. */
    g_assert_cmpuint (late.late - early.late, <=, n.rests ? 17 : 4);
    g_assert_cmpint (late.delay, >=, 100 * MS);
    g_assert_cmpint (late.delay, <=, (n.jitter + 30) * MS);
    if (!n.loss && !n.rests)
      g_assert_cmpuint (late.concealed - early.concealed, <=, 5);
    g_assert_cmpint (calm.target, <=, 60 * MS);
    g_assert_cmpint (calm.delay, <, 80 * MS);
    g_assert_cmpuint (calm.skipped - late.skipped, <=, 10);
    tear_down (&f);
    g_array_unref (arrivals);
    g_rand_free (rand);
  }
}

/* One stall in ten seconds costs what it costs: the delay stays. */
static void
stalls_do_not_widen (void)
{
  static const gint stalls[] = { 100, 200, 300, 900 };

  for (guint i = 0; i < G_N_ELEMENTS (stalls); i++) {
    Network n = {.jitter = 20,.stall = stalls[i] };
    JitterStats stats;
    Fixture f;

    set_up (&f, 0);
    run_network (&f, &n, i, 60, &stats);
    g_assert_cmpint (f.longest, <, 80 * MS);
    g_assert_cmpint (stats.target, <=, 60 * MS);
    tear_down (&f);
  }
}

/* Nor do networks of every day, and none of these costs a word. */
static void
usual_networks (void)
{
  static const Network networks[] = {
    {.jitter = 0}, {.jitter = 20}, {.jitter = 20,.queued = TRUE},
    {.jitter = 20,.rests = TRUE}, {.jitter = 10,.drift = 300},
    {.jitter = 10,.drift = -300}, {.loss = 10,.jitter = 10},
    {.loss = 10,.jitter = 20,.rests = TRUE,.duplicates = 3},
  };

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++) {
    JitterStats stats;
    Fixture f;

    set_up (&f, 0);
    run_network (&f, &networks[i], i, 120, &stats);
    g_assert_cmpint (f.longest, <, 80 * MS);
    g_assert_cmpint (stats.target, <=, 60 * MS);
    g_assert_cmpuint (stats.late, <=, 2);
    g_assert_cmpuint (stats.skipped, <=, 2);
    if (!networks[i].loss)
      g_assert_cmpuint (stats.lost, <=, 2);
    else
      g_assert_cmpuint (stats.fec, >=, stats.lost * 8 / 10);
    tear_down (&f);
  }
}

/* A route that is 150 ms longer from now on costs what it must. */
static void
longer_route (void)
{
  JitterStats stats;
  Fixture f;

  set_up (&f, 0);
  for (gint i = 0; i < 200; i++) {
    gint64 at = START + (i * 20 + (i < 100 ? 0 : 150)) * MS;

    play_until (&f, at);
    arrive (&f, i, i, "", at);
  }
  jitter_core_get_stats (f.core, &stats);
  g_assert_cmpuint (stats.restarts, ==, 1);
  g_assert_cmpuint (stats.played, >=, 190);
  tear_down (&f);
}

/* Timestamps that jump are another beginning, not hours of silence. */
static void
jumping_timestamps (void)
{
  static const gint64 jumps[] = { 180000, -180000, 40, -40, 2000000 };

  for (guint j = 0; j < G_N_ELEMENTS (jumps); j++) {
    JitterStats stats;
    Fixture f;

    set_up (&f, 7);
    for (gint i = 0; i < 100; i++) {
      play_until (&f, START + i * 20 * MS);
      arrive (&f, i, i < 50 ? i : i + jumps[j], "", START + i * 20 * MS);
    }
    jitter_core_get_stats (f.core, &stats);
    g_assert_cmpuint (stats.played, >=, 85);
    tear_down (&f);
  }
}

/* Nobody asks for ten seconds: the memory stays bounded, then it goes on. */
static void
nobody_asks (void)
{
  JitterStats stats;
  JitterPiece piece;
  Fixture f;

  set_up (&f, 0);
  for (gint i = 0; i < 500; i++)
    arrive (&f, i, i, "", START + i * 20 * MS);
  jitter_core_get_stats (f.core, &stats);
  g_assert_cmpuint (stats.buffered, ==, JITTER_MAX_PACKETS);
  g_assert_cmpint (jitter_core_pull (f.core, START + 10000 * MS, &piece), ==,
      JITTER_PLAY);
  g_assert_true (piece.discontinuity);
  g_assert_cmpuint (piece.timestamp / FRAME, >=, 496);
  g_assert_cmpint (jitter_core_pull (f.core, START + 10000 * MS, &piece), ==,
      JITTER_WAIT);
  tear_down (&f);
}

static void
refused (void)
{
  JitterPacket packet = {.ssrc = 1,.duration = 0 };
  JitterPiece piece;
  JitterStats stats;
  JitterCore *core = jitter_core_new (RATE, 40 * MS, 60 * MS, WIDE * MS);

  g_assert_cmpint (jitter_core_deadline (core), ==, -1);
  g_assert_cmpint (jitter_core_pull (core, START, &piece), ==, JITTER_WAIT);
  g_assert_false (jitter_core_push (core, &packet, START));
  packet.duration = RATE;
  g_assert_false (jitter_core_push (core, &packet, START));
  jitter_core_get_stats (core, &stats);
  g_assert_cmpuint (stats.refused, ==, 2);
  g_assert_cmpint (jitter_core_deadline (core), ==, -1);
  jitter_core_free (core);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *path = g_strconcat ("/jitter-core/table/", rows[i].name, NULL);

    g_test_add_data_func (path, &rows[i], table);
    g_free (path);
  }
  g_test_add_func ("/jitter-core/promises", promises);
  g_test_add_func ("/jitter-core/small-jitter", small_jitter_is_not_heard);
  g_test_add_func ("/jitter-core/losses-are-restored", losses_are_restored);
  g_test_add_func ("/jitter-core/drift", drift);
  g_test_add_func ("/jitter-core/great-jitter", great_jitter);
  g_test_add_func ("/jitter-core/stalls-do-not-widen", stalls_do_not_widen);
  g_test_add_func ("/jitter-core/usual-networks", usual_networks);
  g_test_add_func ("/jitter-core/longer-route", longer_route);
  g_test_add_func ("/jitter-core/jumping-timestamps", jumping_timestamps);
  g_test_add_func ("/jitter-core/nobody-asks", nobody_asks);
  g_test_add_func ("/jitter-core/refused", refused);
  return g_test_run ();
}
