/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mouth without its clock: order, holds that lose no sample, cuts, gates,
 * pre-buffer, and which words have been heard.
 */
#include <playout-core.h>
#include <string.h>

#define RATE 8000
#define FRAME 160
#define FADE 40                 /* 5 ms */

typedef struct
{
  PlayoutCore *core;
  gint16 frame[FRAME];
} Fixture;

static void
set_up (Fixture * f)
{
  f->core = playout_core_new (RATE, FRAME);
}

static void
tear_down (Fixture * f)
{
  playout_core_free (f->core);
}

static void
begin (Fixture * f, guint speech, gboolean interruptible)
{
  PlayoutSpeech info = {.speech = speech,.turn = speech,
    .interruptible = interruptible
  };

  playout_core_begin (f->core, &info);
}

/* Samples that count up from @first, so that each can be recognised. */
static void
add_ramp (Fixture * f, guint speech, gint first, guint n,
    const PlayoutSentence * sentence)
{
  gint16 *samples = g_new (gint16, n);

  for (guint i = 0; i < n; i++)
    samples[i] = first + i;
  playout_core_add (f->core, speech, samples, n, sentence);
  g_free (samples);
}

/* "playing:1 words:1=one heard:1+=one" and so on, for what is to be told. */
static gchar *
notes (Fixture * f)
{
  GString *out = g_string_new (NULL);
  PlayoutNote *note;

  while ((note = playout_core_next_note (f->core))) {
    static const gchar *names[] = { "playing", "words", "heard", "underrun",
      "keys"
    };

    g_string_append_printf (out, "%s%s:%u", out->len ? " " : "",
        names[note->kind], note->speech.speech);
    if (note->kind == PLAYOUT_HEARD)
      g_string_append (out, note->complete ? "+" : "-");
    if (note->text)
      g_string_append_printf (out, "=%s", note->text);
    if (note->rest && *note->rest)
      g_string_append_printf (out, "|%s", note->rest);
    if (note->kind == PLAYOUT_UNDERRUN)
      g_string_append_printf (out, "=%" G_GUINT64_FORMAT, note->lasted);
    playout_note_free (note);
  }
  return g_string_free (out, FALSE);
}

#define assert_notes(f, expected) G_STMT_START { \
  gchar *got = notes (f); \
  g_assert_cmpstr (got, ==, expected); \
  g_free (got); \
} G_STMT_END

static void
skip_notes (Fixture * f)
{
  g_free (notes (f));
}

static gboolean
frame (Fixture * f)
{
  return playout_core_frame (f->core, f->frame);
}

static void
plays_in_order (void)
{
  Fixture f;

  set_up (&f);
  g_assert_false (frame (&f));
  g_assert_false (playout_core_has_work (f.core));
  begin (&f, 1, TRUE);
  begin (&f, 2, TRUE);
  add_ramp (&f, 2, 5000, FRAME, NULL);
  add_ramp (&f, 1, 1, FRAME + 10, NULL);
  playout_core_end (f.core, 1);
  playout_core_end (f.core, 2);
  g_assert_cmpuint (playout_core_ahead (f.core), ==, 2 * FRAME + 10);

  g_assert_true (frame (&f));
  assert_notes (&f, "playing:1");
  g_assert_cmpint (f.frame[0], ==, 1);
  g_assert_cmpint (f.frame[FRAME - 1], ==, FRAME);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[9], ==, FRAME + 10);
  g_assert_cmpint (f.frame[10], ==, 0);
  assert_notes (&f, "");
  /* The last sample has been played: now it is heard, and the next begins. */
  g_assert_true (frame (&f));
  assert_notes (&f, "heard:1+= playing:2");
  g_assert_cmpint (f.frame[0], ==, 5000);
  g_assert_false (frame (&f));
  assert_notes (&f, "heard:2+=");
  g_assert_false (playout_core_has_work (f.core));
  tear_down (&f);
}

/* Inv. 8: after a resume the next sample is the one after the last played. */
static void
hold_loses_no_sample (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1000, 10 * FRAME, NULL);
  g_assert_true (frame (&f));
  playout_core_hold (f.core);
  g_assert_true (frame (&f));
  /* Five milliseconds fade out, then silence. */
  g_assert_cmpint (f.frame[0], ==, 1000 + FRAME);
  g_assert_cmpint (f.frame[FADE - 1], ==, (1000 + FRAME + FADE - 1) / FADE);
  g_assert_cmpint (f.frame[FADE], ==, 0);
  for (guint i = 0; i < 50; i++)
    g_assert_false (frame (&f));
  playout_core_resume (f.core);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 0);
  g_assert_cmpint (f.frame[FADE], ==, 1000 + FRAME + FADE + FADE);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 1000 + FRAME + FADE + FRAME);
  g_assert_cmpuint (playout_core_underruns (f.core), ==, 0);
  tear_down (&f);
}

static void
hold_keeps_the_start_back (void)
{
  Fixture f;

  set_up (&f);
  playout_core_hold (f.core);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 10 * FRAME, NULL);
  g_assert_false (frame (&f));
  assert_notes (&f, "");
  playout_core_resume (f.core);
  g_assert_true (frame (&f));
  assert_notes (&f, "playing:1");
  g_assert_cmpint (f.frame[0], ==, 1);
  tear_down (&f);
}

/* Inv. 7: what may not be interrupted is not held either. */
static void
announcement_is_not_held (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, FALSE);
  add_ramp (&f, 1, 1, 10 * FRAME, NULL);
  g_assert_true (frame (&f));
  playout_core_hold (f.core);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[FRAME - 1], ==, 2 * FRAME);
  tear_down (&f);
}

static gboolean
keep_uninterruptible (const PlayoutSpeech * speech, gpointer data)
{
  return !speech->interruptible;
}

static const PlayoutWord three_words[] = {
  {0, 160, 0, 3}, {160, 480, 4, 3}, {480, 640, 8, 6},
};

static const PlayoutSentence three = {
  "one two three. ", 0, 15, three_words, 3
};

/* R12: a word counts when half of it was played. */
static void
cut_knows_the_words (void)
{
  static const struct
  {
    guint frames;
    const gchar *notes;
  } rows[] = {
    {1, "heard:1-=one| two three. "},   /* 160: one is over */
    {2, "heard:1-=one two| three. "},   /* 320: half of two */
    {3, "heard:1-=one two| three. "},   /* 480: none of three */
    {4, "heard:1+=one two three.| "},   /* 640: all words */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Fixture f;

    set_up (&f);
    begin (&f, 1, TRUE);
    add_ramp (&f, 1, 1, 800, &three);
    playout_core_end (f.core, 1);
    for (guint k = 0; k < rows[i].frames; k++)
      g_assert_true (frame (&f));
    skip_notes (&f);
    playout_core_cut (f.core, keep_uninterruptible, NULL);
    assert_notes (&f, rows[i].notes);
    tear_down (&f);
  }
}

static void
nothing_heard_of_the_first_word (void)
{
  static const PlayoutWord word[] = { {0, 640, 0, 5} };
  static const PlayoutSentence sentence = { "Hello", 0, 5, word, 1 };
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 800, &sentence);
  g_assert_true (frame (&f));
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  assert_notes (&f, "playing:1 heard:1-=|Hello");
  tear_down (&f);
}

static void
cut_fades_and_keeps_announcements (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  begin (&f, 2, TRUE);
  begin (&f, 3, FALSE);
  add_ramp (&f, 1, 4000, 800, NULL);
  add_ramp (&f, 2, 1, 800, NULL);
  add_ramp (&f, 3, 9000, 800, NULL);
  g_assert_true (frame (&f));
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  assert_notes (&f, "playing:1 heard:1-=");
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 4000 + FRAME);
  g_assert_cmpint (f.frame[FADE], ==, 0);
  g_assert_true (frame (&f));
  assert_notes (&f, "playing:3");
  g_assert_cmpint (f.frame[0], ==, 9000);
  /* What comes late for a speech that is gone is gone too. */
  add_ramp (&f, 1, 1, 800, NULL);
  g_assert_cmpuint (playout_core_ahead (f.core), ==, 800 - FRAME);
  tear_down (&f);
}

static void
cut_while_held_does_not_fade_again (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 4000, 800, NULL);
  g_assert_true (frame (&f));
  playout_core_hold (f.core);
  g_assert_true (frame (&f));
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  playout_core_resume (f.core);
  g_assert_false (frame (&f));
  begin (&f, 2, TRUE);
  add_ramp (&f, 2, 7000, 800, NULL);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 7000);
  tear_down (&f);
}

static void
words_are_told_as_they_are_heard (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 640, &three);
  playout_core_end (f.core, 1);
  frame (&f);
  assert_notes (&f, "playing:1");
  frame (&f);
  assert_notes (&f, "words:1=one");
  frame (&f);
  assert_notes (&f, "words:1=one two");
  frame (&f);
  assert_notes (&f, "");
  frame (&f);
  assert_notes (&f, "words:1=one two three.  heard:1+=one two three. ");
  tear_down (&f);
}

/* The written text is told, not the spoken one: "$50 " is "fifty dollars". */
static void
written_text_of_spoken_words (void)
{
  static const PlayoutWord words[] = {
    {0, 320, 0, 3}, {320, 640, 0, 3}, {640, 960, 4, 4},
  };
  static const PlayoutSentence sentence = { "$50 only", 0, 8, words, 3 };
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 960, &sentence);
  frame (&f);
  frame (&f);
  skip_notes (&f);
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  assert_notes (&f, "heard:1-=$50| only");
  tear_down (&f);
}

/* Without word times the text is measured, back to a whole word. */
static void
estimated_words (void)
{
  static const PlayoutSentence sentence = { "one two three four", 0, 18, NULL,
    0
  };
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 10 * FRAME, &sentence);
  playout_core_end (f.core, 1);
  for (guint i = 0; i < 5; i++)
    frame (&f);
  skip_notes (&f);
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  assert_notes (&f, "heard:1-=one two| three four");
  tear_down (&f);
}

static void
gate_waits_for_the_commit (void)
{
  PlayoutSpeech info = {.speech = 1,.turn = 7,.interruptible = TRUE,
    .gated = TRUE
  };
  Fixture f;

  set_up (&f);
  playout_core_begin (f.core, &info);
  add_ramp (&f, 1, 1, 800, NULL);
  playout_core_end (f.core, 1);
  g_assert_false (frame (&f));
  playout_core_open (f.core, 6);
  g_assert_false (frame (&f));
  playout_core_open (f.core, 7);
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 1);
  tear_down (&f);
}

static void
prebuffer_adapts (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, FRAME, NULL);
  g_assert_false (frame (&f));
  add_ramp (&f, 1, 1, FRAME, NULL);
  g_assert_true (frame (&f));
  g_assert_true (frame (&f));
  skip_notes (&f);
  g_assert_false (frame (&f));
  g_assert_false (frame (&f));
  g_assert_cmpuint (playout_core_underruns (f.core), ==, 1);
  add_ramp (&f, 1, 1, FRAME, NULL);
  g_assert_true (frame (&f));
  assert_notes (&f, "underrun:1=320");
  playout_core_end (f.core, 1);
  g_assert_false (frame (&f));
  /* The next speech waits for more. */
  begin (&f, 2, TRUE);
  add_ramp (&f, 2, 1, 3 * FRAME, NULL);
  g_assert_false (frame (&f));
  add_ramp (&f, 2, 1, 6 * FRAME, NULL);
  g_assert_true (frame (&f));
  tear_down (&f);
}

/* A speech that has ended does not wait for more than it has. */
static void
short_speech_plays_at_once (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 10, NULL);
  g_assert_false (frame (&f));
  playout_core_end (f.core, 1);
  g_assert_true (frame (&f));
  g_assert_false (frame (&f));
  assert_notes (&f, "playing:1 heard:1+=");
  tear_down (&f);
}

/* Without a sample nothing of it was heard, and it does not block the line. */
static void
empty_speech_is_silent (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  playout_core_end (f.core, 1);
  g_assert_false (frame (&f));
  assert_notes (&f, "heard:1-=");
  g_assert_false (playout_core_has_work (f.core));
  tear_down (&f);
}

static void
lies_about_spans_do_no_harm (void)
{
  static const PlayoutWord words[] = { {0, 1, 4000000000u, 4000000000u} };
  static const PlayoutSentence sentence = { "short", 77, 1000, words, 1 };
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 800, &sentence);
  for (guint i = 0; i < 3; i++)
    frame (&f);
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  skip_notes (&f);
  tear_down (&f);
}

/* Nobody is there: nothing begins, nothing is lost, nothing is late. What has
 * begun is played to its end. */
static void
closed_far_end_keeps_the_start_back (void)
{
  Fixture f;

  set_up (&f);
  playout_core_set_far (f.core, FALSE, 0);
  g_assert_false (playout_core_is_unheard (f.core));
  begin (&f, 1, TRUE);
  begin (&f, 2, FALSE);
  add_ramp (&f, 1, 1000, 2 * FRAME, NULL);
  add_ramp (&f, 2, 5000, 2 * FRAME, NULL);
  playout_core_end (f.core, 1);
  playout_core_end (f.core, 2);
  for (guint i = 0; i < 500; i++)
    g_assert_false (frame (&f));
  assert_notes (&f, "");
  g_assert_true (playout_core_is_unheard (f.core));
  g_assert_cmpuint (playout_core_ahead (f.core), ==, 4 * FRAME);

  playout_core_set_far (f.core, TRUE, 0);
  g_assert_false (playout_core_is_unheard (f.core));
  g_assert_true (frame (&f));
  assert_notes (&f, "playing:1");
  g_assert_cmpint (f.frame[0], ==, 1000);
  playout_core_set_far (f.core, FALSE, 0);
  g_assert_false (playout_core_is_unheard (f.core));
  g_assert_true (frame (&f));
  g_assert_cmpint (f.frame[0], ==, 1000 + FRAME);
  g_assert_false (frame (&f));
  assert_notes (&f, "heard:1+=");
  g_assert_true (playout_core_is_unheard (f.core));
  g_assert_cmpuint (playout_core_underruns (f.core), ==, 0);
  tear_down (&f);
}

static guint64
cut_position (Fixture * f)
{
  guint64 position = G_MAXUINT64;
  PlayoutNote *note;

  playout_core_cut (f->core, keep_uninterruptible, NULL);
  while ((note = playout_core_next_note (f->core))) {
    if (note->kind == PLAYOUT_HEARD)
      position = note->position;
    playout_note_free (note);
  }
  return position;
}

/* A far end that is late has heard less of what is cut. Silence since then,
 * here of a hold, lets it catch up. */
static void
late_far_end_has_heard_less (void)
{
  static const struct
  {
    guint64 delay;
    guint frames, held;
    guint64 position;
  } rows[] = {
    {0, 10, 0, 10 * FRAME},
    {3 * FRAME, 10, 0, 7 * FRAME},
    {3 * FRAME + 50, 10, 0, 7 * FRAME - 50},
    {20 * FRAME, 10, 0, 0},
    {3 * FRAME, 10, 2, 9 * FRAME},
    {3 * FRAME, 10, 9, 10 * FRAME + FADE},
    {1000000, 400, 0, (400 - 254) * FRAME},     /* as late as can be */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Fixture f;

    set_up (&f);
    /* What was played before does not count. */
    begin (&f, 1, TRUE);
    add_ramp (&f, 1, 1, FRAME, NULL);
    playout_core_end (f.core, 1);
    frame (&f);
    playout_core_set_far (f.core, TRUE, rows[i].delay);
    begin (&f, 2, TRUE);
    add_ramp (&f, 2, 1, 500 * FRAME, NULL);
    for (guint k = 0; k < rows[i].frames; k++)
      g_assert_true (frame (&f));
    if (rows[i].held)
      playout_core_hold (f.core);
    for (guint k = 0; k < rows[i].held; k++)
      frame (&f);
    skip_notes (&f);
    g_assert_cmpuint (cut_position (&f), ==, rows[i].position);
    tear_down (&f);
  }
}

/* Words lag, the end of a speech does not; and what was heard stays heard
 * when the far end moves away. */
static void
late_far_end_hears_words_later (void)
{
  Fixture f;

  set_up (&f);
  playout_core_set_far (f.core, TRUE, FRAME);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1, 640, &three);
  playout_core_end (f.core, 1);
  frame (&f);
  frame (&f);
  assert_notes (&f, "playing:1");
  frame (&f);
  assert_notes (&f, "words:1=one");
  playout_core_set_far (f.core, TRUE, 10 * FRAME);
  frame (&f);
  assert_notes (&f, "");
  frame (&f);
  assert_notes (&f, "heard:1+=one two three. ");
  tear_down (&f);
}

/* One speech goes, and what comes late of it; the others stay. */
static void
skip_drops_one_speech (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  begin (&f, 2, TRUE);
  add_ramp (&f, 1, 1000, 800, &three);
  add_ramp (&f, 2, 5000, 800, NULL);
  frame (&f);
  frame (&f);
  skip_notes (&f);
  playout_core_skip (f.core, 1);
  assert_notes (&f, "heard:1-=one two| three. ");
  g_assert_false (playout_core_begin (f.core, &(PlayoutSpeech) {
          .speech = 1}));
  add_ramp (&f, 1, 1, 800, NULL);
  g_assert_true (frame (&f));   /* fades out */
  g_assert_true (frame (&f));
  assert_notes (&f, "playing:2");
  g_assert_cmpint (f.frame[0], ==, 5000);
  g_assert_cmpuint (playout_core_ahead (f.core), ==, 800 - FRAME);
  tear_down (&f);
}

/* Keys stand in line behind what was said before them, and no cut takes them
 * back. */
static void
keys_wait_for_their_place (void)
{
  Fixture f;

  set_up (&f);
  begin (&f, 1, TRUE);
  add_ramp (&f, 1, 1000, 2 * FRAME, NULL);
  playout_core_end (f.core, 1);
  playout_core_add_keys (f.core, "12#");
  begin (&f, 2, TRUE);
  add_ramp (&f, 2, 5000, 800, NULL);
  frame (&f);
  frame (&f);
  assert_notes (&f, "playing:1");
  frame (&f);
  assert_notes (&f, "heard:1+= keys:0 playing:2");
  playout_core_add_keys (f.core, "4");
  playout_core_add_keys (f.core, "5");
  playout_core_cut (f.core, keep_uninterruptible, NULL);
  assert_notes (&f, "heard:2-=");
  g_assert_true (playout_core_has_work (f.core));
  /* They are not sound: nobody need be there to hear. */
  playout_core_set_far (f.core, FALSE, 0);
  g_assert_false (playout_core_is_unheard (f.core));
  frame (&f);
  assert_notes (&f, "keys:0 keys:0");
  frame (&f);
  g_assert_false (playout_core_has_work (f.core));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/playout-core/order", plays_in_order);
  g_test_add_func ("/playout-core/hold/lossless", hold_loses_no_sample);
  g_test_add_func ("/playout-core/hold/start", hold_keeps_the_start_back);
  g_test_add_func ("/playout-core/hold/announcement", announcement_is_not_held);
  g_test_add_func ("/playout-core/cut/words", cut_knows_the_words);
  g_test_add_func ("/playout-core/cut/first-word",
      nothing_heard_of_the_first_word);
  g_test_add_func ("/playout-core/cut/fade", cut_fades_and_keeps_announcements);
  g_test_add_func ("/playout-core/cut/held",
      cut_while_held_does_not_fade_again);
  g_test_add_func ("/playout-core/words/told",
      words_are_told_as_they_are_heard);
  g_test_add_func ("/playout-core/words/written", written_text_of_spoken_words);
  g_test_add_func ("/playout-core/words/estimated", estimated_words);
  g_test_add_func ("/playout-core/far/closed",
      closed_far_end_keeps_the_start_back);
  g_test_add_func ("/playout-core/far/late", late_far_end_has_heard_less);
  g_test_add_func ("/playout-core/far/words", late_far_end_hears_words_later);
  g_test_add_func ("/playout-core/skip", skip_drops_one_speech);
  g_test_add_func ("/playout-core/keys", keys_wait_for_their_place);
  g_test_add_func ("/playout-core/gate", gate_waits_for_the_commit);
  g_test_add_func ("/playout-core/prebuffer", prebuffer_adapts);
  g_test_add_func ("/playout-core/short", short_speech_plays_at_once);
  g_test_add_func ("/playout-core/empty", empty_speech_is_silent);
  g_test_add_func ("/playout-core/lies", lies_about_spans_do_no_harm);
  return g_test_run ();
}
