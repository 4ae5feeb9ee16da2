/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The invariants of docs/turn-taking.md for random inputs; the number of an
 * invariant stands where it is tested. Those that hold at every output are in
 * turn-invariants.c. Seeds are fixed; a failure prints what led to it.
 */
#include "turn-scene.h"
#include "turn-soup.h"

#include <string.h>

#define N_SOUPS 1500
#define N_SCENES 500
#define MAX_BYTES 600

static TurnWords *words;

static guint8 *
some_bytes (GRand * rand, gsize * size)
{
  guint8 *bytes;

  *size = g_rand_int_range (rand, 20, MAX_BYTES);
  bytes = g_malloc (*size);
  for (gsize i = 0; i < *size; i++)
    bytes[i] = g_rand_int_range (rand, 0, 256);
  return bytes;
}

static void
assert_same (const gchar * a, const gchar * b)
{
  gsize same = 0;

  if (strcmp (a, b) == 0)
    return;
  while (a[same] && a[same] == b[same])
    same++;
  same -= MIN (same, 60);
  g_error ("outputs differ:\n%.300s\nand\n%.300s", a + same, b + same);
}

/* 1, and all of turn-invariants.c; the shift of 16. */
static void
soup (void)
{
  GRand *rand = g_rand_new_with_seed (20240611);

  for (guint i = 0; i < N_SOUPS; i++) {
    gsize size;
    guint8 *bytes = some_bytes (rand, &size);
    gchar *first, *again, *later;

    first = turn_soup_run (bytes, size, words, TURN_SOUP_ALL, 0);
    again = turn_soup_run (bytes, size, words, TURN_SOUP_ALL, 0);
    later = turn_soup_run (bytes, size, words, TURN_SOUP_ALL,
        TURN_MS (3600000) + 7);
    assert_same (first, again);
    assert_same (first, later);
    g_free (first);
    g_free (again);
    g_free (later);
    g_free (bytes);
  }
  g_rand_free (rand);
}

/* Discards tell of each final; all else must not depend on how they were
 * cut. */
static gchar *
without_discards (gchar * outputs)
{
  gchar **lines = g_strsplit (outputs, "\n", -1);
  GString *rest = g_string_new (NULL);

  for (gchar ** l = lines; *l; l++) {
    if (!strstr (*l, " discard ") && !strstr (*l, " overflow "))
      g_string_append_printf (rest, "%s\n", *l);
  }
  g_strfreev (lines);
  g_free (outputs);
  return g_string_free (rest, FALSE);
}

/* 16. Pauses shorter than 60 are never told, so there is nothing to split in a
 * sound. */
static void
split_finals (void)
{
  GRand *rand = g_rand_new_with_seed (16);

  for (guint i = 0; i < N_SOUPS; i++) {
    gsize size;
    guint8 *bytes = some_bytes (rand, &size);
    gchar *whole = without_discards (turn_soup_run (bytes, size, words,
            TURN_SOUP_FINALS, 0));
    gchar *halves = without_discards (turn_soup_run (bytes, size, words,
            TURN_SOUP_SPLIT, 0));

    assert_same (whole, halves);
    g_free (whole);
    g_free (halves);
    g_free (bytes);
  }
  g_rand_free (rand);
}

/* 17: a long call of nonsense. */
static void
long_soup (void)
{
  GRand *rand = g_rand_new_with_seed (17);
  gsize size = 60000;
  guint8 *bytes = g_malloc (size);

  for (guint i = 0; i < 8; i++) {
    for (gsize k = 0; k < size; k++) {
      bytes[k] = g_rand_int_range (rand, 0, 252);
      /* No end of the call. */
      if (bytes[k] >= 244)
        bytes[k] -= 100;
    }
    g_free (turn_soup_run (bytes, size, words, TURN_SOUP_ALL, 0));
  }
  g_free (bytes);
  g_rand_free (rand);
}

static guint
count (GPtrArray * notes, const gchar * kind)
{
  guint n = 0;

  for (guint i = 0; i < notes->len; i++)
    n += strcmp (((TurnNote *) notes->pdata[i])->kind, kind) == 0;
  return n;
}

static const TurnNote *
find (GPtrArray * notes, const gchar * kind)
{
  for (guint i = 0; i < notes->len; i++) {
    if (strcmp (((TurnNote *) notes->pdata[i])->kind, kind) == 0)
      return notes->pdata[i];
  }
  return NULL;
}

/* Random sounds that do not overlap; returns how long the agent may be held
 * back by them. */
static gint64
some_sounds (GRand * rand, TurnScene * scene, gint64 from, gint64 to)
{
  gint64 delay = 0;

  while (from < to) {
    gint64 length = g_rand_int_range (rand, 120, 2500);

    if (g_rand_int_range (rand, 0, 12) == 0)
      length = g_rand_int_range (rand, 7000, 15000);
    turn_scene_sound (scene, from, from + length);
    delay += length < 8000 ? 2000 + length : 8000;
    from += length + g_rand_int_range (rand, 70, 6000);
  }
  return delay;
}

/* 12 */
static void
noise_only (void)
{
  GRand *rand = g_rand_new_with_seed (12);

  for (guint i = 0; i < N_SCENES; i++) {
    TurnConfig config;
    TurnScene *scene;
    gint64 start = g_rand_int_range (rand, 0, 3000);
    gint64 length = g_rand_int_range (rand, 1000, 30000), delay;
    GPtrArray *notes;

    turn_config_init (&config);
    scene = turn_scene_new (&config, words, FALSE);
    turn_scene_speech (scene, start, start + length, TURN_SOURCE_SAY, TRUE);
    delay = some_sounds (rand, scene, g_rand_int_range (rand, 0, 4000), 40000);
    notes = turn_scene_run (scene, 400000);
    g_assert_cmpuint (count (notes, "C"), ==, 0);
    g_assert_cmpuint (count (notes, "I"), ==, 0);
    g_assert_cmpuint (count (notes, "heard"), ==, 1);
    g_assert_cmpint (find (notes, "heard")->number, ==, -2);
    g_assert_cmpint (find (notes, "heard")->at, <=, start + length + delay);
    turn_scene_free (scene);
  }
  g_rand_free (rand);
}

static void
add_words (TurnScene * scene, TurnInputType type, gint64 at, const gchar * text)
{
  TurnInput input = {.type = type };

  input.transcript.text = text;
  input.transcript.start = input.transcript.end = TURN_NONE;
  turn_scene_input (scene, at, &input);
}

static const gchar *
some_back_channel (GRand * rand)
{
  static const gchar *const texts[] = {
    "uh-huh", "Yeah.", "okay", "I see.", "Right, right.", "mhm", "Yes, okay.",
    "Sure.", "Oh really?", "got it"
  };

  return texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))];
}

/* 13: over a speech. */
static void
back_channel_over_speech (void)
{
  GRand *rand = g_rand_new_with_seed (13);

  for (guint i = 0; i < N_SCENES; i++) {
    TurnConfig config;
    TurnScene *scene;
    GPtrArray *notes;
    gint64 at = 500;

    turn_config_init (&config);
    config.min_words = g_rand_int_range (rand, 0, 3);
    config.interrupt_on = TURN_INTERRUPT_ON_WORDS;
    scene = turn_scene_new (&config, words, FALSE);
    turn_scene_speech (scene, 0, 60000, TURN_SOURCE_SAY,
        g_rand_int_range (rand, 0, 4) > 0);
    while (at < 40000) {
      gint64 length = g_rand_int_range (rand, 150, 1200);
      const gchar *text = some_back_channel (rand);

      turn_scene_sound (scene, at, at + length);
      if (g_rand_boolean (rand))
        add_words (scene, TURN_INPUT_INTERIM, at + length / 2, text);
      add_words (scene, TURN_INPUT_FINAL, at + length
          + g_rand_int_range (rand, 0, 900), text);
      at += length + g_rand_int_range (rand, 1000, 5000);
    }
    notes = turn_scene_run (scene, 300000);
    g_assert_cmpuint (count (notes, "I"), ==, 0);
    g_assert_cmpuint (count (notes, "C"), ==, 0);
    g_assert_cmpint (find (notes, "heard")->number, ==, -2);
    g_assert_cmpuint (count (notes, "h"), ==, count (notes, "r"));
    turn_scene_free (scene);
  }
  g_rand_free (rand);
}

/* 13: to an agent that is idle. */
static void
back_channel_to_idle_agent (void)
{
  GRand *rand = g_rand_new_with_seed (131);

  for (guint i = 0; i < N_SCENES; i++) {
    TurnConfig config;
    TurnScene *scene;
    gint64 length = g_rand_int_range (rand, 100, 1500);

    turn_config_init (&config);
    scene = turn_scene_new (&config, words, FALSE);
    if (g_rand_boolean (rand))
      turn_scene_sound (scene, 1000, 1000 + length);
    add_words (scene, TURN_INPUT_FINAL, 1000 + length
        + g_rand_int_range (rand, 0, 1900), some_back_channel (rand));
    g_assert_cmpuint (count (turn_scene_run (scene, 300000), "C"), ==, 1);
    turn_scene_free (scene);
  }
  g_rand_free (rand);
}

/* 13: at once, whatever min-words. */
static void
stop_phrase (void)
{
  static const gchar *const texts[] = {
    "stop", "Stop!", "wait", "Hold on.", "um, wait", "okay stop",
    "please stop it"
  };
  GRand *rand = g_rand_new_with_seed (132);

  for (guint i = 0; i < N_SCENES; i++) {
    TurnConfig config;
    TurnScene *scene;
    GPtrArray *notes;
    gint64 onset = g_rand_int_range (rand, 100, 5000);
    gint64 length = g_rand_int_range (rand, 100, 3000);
    gint64 at = onset + g_rand_int_range (rand, 100, length + 1500);

    turn_config_init (&config);
    config.min_words = g_rand_int_range (rand, 0, 8);
    config.hold_after = g_rand_boolean (rand) ? -1 : TURN_MS (250);
    scene = turn_scene_new (&config, words, FALSE);
    turn_scene_speech (scene, 0, 60000, TURN_SOURCE_SAY, TRUE);
    if (g_rand_int_range (rand, 0, 4) > 0)
      turn_scene_sound (scene, onset, onset + length);
    add_words (scene, g_rand_boolean (rand) ? TURN_INPUT_INTERIM :
        TURN_INPUT_FINAL, at, texts[g_rand_int_range (rand, 0,
                G_N_ELEMENTS (texts))]);
    notes = turn_scene_run (scene, 300000);
    g_assert_cmpuint (count (notes, "I"), ==, 1);
    g_assert_cmpint (find (notes, "I")->at, ==, at);
    g_assert_cmpstr (find (notes, "I")->reason, ==, "stop");
    g_assert_cmpuint (count (notes, "C"), ==, 1);
    turn_scene_free (scene);
  }
  g_rand_free (rand);
}

/* Something of everything a call has: 8 is checked by the model of `playout`,
 * the rest by turn-invariants.c. At the end nothing is held and no turn is
 * open (10). */
static void
calls (void)
{
  GRand *rand = g_rand_new_with_seed (10);
  guint committed = 0, interrupted = 0, held = 0;

  for (guint i = 0; i < N_SCENES; i++) {
    TurnConfig config;
    TurnScene *scene;
    GPtrArray *notes;
    gint64 at = 0;

    turn_config_init (&config);
    scene = turn_scene_new (&config, words, g_rand_boolean (rand));
    for (guint n = g_rand_int_range (rand, 2, 12); n > 0; n--) {
      gint64 length = g_rand_int_range (rand, 100, 4000);
      gchar *text = g_strdup_printf ("zz%u %s", n, g_rand_boolean (rand) ?
          "Book it." : some_back_channel (rand));

      turn_scene_speech (scene, at, at + g_rand_int_range (rand, 100, 9000),
          TURN_SOURCE_SAY, g_rand_int_range (rand, 0, 5) > 0);
      at += g_rand_int_range (rand, 0, 9000);
      if (g_rand_int_range (rand, 0, 5) > 0)
        turn_scene_sound (scene, at, at + length);
      if (g_rand_boolean (rand))
        add_words (scene, TURN_INPUT_INTERIM, at + length / 2, "book");
      if (g_rand_int_range (rand, 0, 6) > 0)
        add_words (scene, TURN_INPUT_FINAL, at + length
            + g_rand_int_range (rand, 0, 2500), text);
      at += length + g_rand_int_range (rand, 100, 3000);
      g_free (text);
    }
    notes = turn_scene_run (scene, at + 300000);
    g_assert_cmpuint (count (notes, "C"), <=, 24);
    committed += count (notes, "C");
    interrupted += count (notes, "I");
    held += count (notes, "h");
    turn_scene_free (scene);
  }
  /* The tests above would be worth little if nothing happened. */
  g_assert_cmpuint (committed, >, 2 * N_SCENES);
  g_assert_cmpuint (interrupted, >, N_SCENES);
  g_assert_cmpuint (held, >, N_SCENES);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  words = turn_soup_words ();
  g_test_add_func ("/turn-core/properties/soup", soup);
  g_test_add_func ("/turn-core/properties/split-finals", split_finals);
  g_test_add_func ("/turn-core/properties/long-soup", long_soup);
  g_test_add_func ("/turn-core/properties/noise-only", noise_only);
  g_test_add_func ("/turn-core/properties/back-channel-over-speech",
      back_channel_over_speech);
  g_test_add_func ("/turn-core/properties/back-channel-to-idle-agent",
      back_channel_to_idle_agent);
  g_test_add_func ("/turn-core/properties/stop-phrase", stop_phrase);
  g_test_add_func ("/turn-core/properties/calls", calls);
  result = g_test_run ();
  turn_words_unref (words);
  return result;
}
