/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The recordings of Debian's pocketsphinx-testdata are understood, cut where
 * `vad` says or by pocketsphinx's own ear, and what cannot work says why.
 */
#include "doc-line.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <gst/check/gstharness.h>
#include <glib/gstdio.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define MS GST_MSECOND
#define DATA "/usr/share/pocketsphinx/test/data/"
#define MODEL "/usr/share/pocketsphinx/model/en-us/"
#define DIGITS DATA "tidigits/dhd.2934z.raw"
#define DIGITS_TEXT "two nine three four zero"
#define MOVE DATA "goforward.raw"
#define MOVE_GRAMMAR "grammar=" DATA "goforward.gram"
#define MOVE_TEXT "go forward ten meters"
#define CARDS_GRAMMAR "grammar=" DATA "cards/cards.gram"
#define RATE 16000
#define PIECE (RATE / 50)

static gchar *folder;           /* for grammars */

/* All that came out, in its order. */
typedef struct
{
  GstHarness *h;
  GMutex lock;
  GString *log;                 /* "~interim" and "=final", each with "|" */
  GstVoiceWords *words;         /* of the last final */
  GstVoiceMeta last;
  guint finals, interims;
  GstClockTime now;             /* PTS of the next piece */
} Listener;

static void
take_final (Listener * self, GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_assert_nonnull (meta);
  g_string_append_printf (self->log, "=%s|", text);
  self->finals++;
  self->last = *meta;
  g_clear_pointer (&self->words, gst_voice_words_unref);
  self->words = gst_voice_words_ref (meta->words);
  g_free (text);
}

static GstPadProbeReturn
take (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Listener *self = data;
  const GstStructure *s;

  g_mutex_lock (&self->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    take_final (self, GST_PAD_PROBE_INFO_BUFFER (info));
  } else if (gst_voice_event_is (GST_PAD_PROBE_INFO_EVENT (info), "interim")) {
    s = gst_voice_event_parse (GST_PAD_PROBE_INFO_EVENT (info));
    g_string_append_printf (self->log, "~%s|", gst_voice_structure_string (s,
            "text"));
    self->interims++;
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
listener_init (Listener * self, const gchar * launch, gint rate)
{
  gchar *caps = g_strdup_printf ("audio/x-raw,format=S16LE,"
      "layout=interleaved,channels=1,rate=%d", rate);

  memset (self, 0, sizeof *self);
  g_mutex_init (&self->lock);
  self->log = g_string_new (NULL);
  self->h = gst_harness_new_parse (launch);
  gst_pad_add_probe (self->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take, self, NULL);
  gst_harness_set_src_caps_str (self->h, caps);
  g_free (caps);
}

static void
listener_clear (Listener * self)
{
  gst_harness_teardown (self->h);
  g_string_free (self->log, TRUE);
  g_clear_pointer (&self->words, gst_voice_words_unref);
  g_mutex_clear (&self->lock);
}

static void
say_at_rate (Listener * self, const gint16 * pcm, gsize n, gsize piece,
    gint rate)
{
  for (gsize at = 0; at < n; at += piece) {
    gsize m = MIN (piece, n - at);
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 2 * m, NULL);

    if (pcm)
      gst_buffer_fill (buffer, 0, pcm + at, 2 * m);
    else
      gst_buffer_memset (buffer, 0, 0, 2 * m);
    GST_BUFFER_PTS (buffer) = self->now;
    GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (m, GST_SECOND, rate);
    self->now += GST_BUFFER_DURATION (buffer);
    g_assert_cmpint (gst_harness_push (self->h, buffer), ==, GST_FLOW_OK);
  }
}

static void
say (Listener * self, const gint16 * pcm, gsize n)
{
  say_at_rate (self, pcm, n, PIECE, RATE);
}

static void
be_quiet (Listener * self, guint ms)
{
  say (self, NULL, ms * RATE / 1000);
}

static void
tell (Listener * self, const gchar * what, const gchar * field,
    GstClockTime time)
{
  gst_harness_push_event (self->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", self->now, field,
              time, NULL)));
}

static void
finish (Listener * self)
{
  GstBuffer *buffer;

  gst_harness_push_event (self->h, gst_event_new_eos ());
  while (gst_harness_pull_until_eos (self->h, &buffer) && buffer)
    gst_buffer_unref (buffer);
}

typedef struct
{
  gint16 *pcm;
  gsize n;
} Sound;

static gboolean
read_sound (const gchar * path, Sound * sound)
{
  gchar *data;
  gsize size, head = g_str_has_suffix (path, ".wav") ? 44 : 0;

  if (!g_file_get_contents (path, &data, &size, NULL)) {
    g_test_skip ("pocketsphinx-testdata is not installed");
    return FALSE;
  }
  memmove (data, data + head, size - head);
  sound->pcm = (gint16 *) (gpointer) data;
  sound->n = (size - head) / 2;
  return TRUE;
}

static gchar *
write_text (const gchar * name, const gchar * text)
{
  gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static gchar *
digits_launch (void)
{
  gchar *path = write_text ("digits.gram", "#JSGF V1.0;\ngrammar digits;\n"
      "public <digits> = <digit>+;\n<digit> = oh | zero | one | two | three |\n"
      "  four | five | six | seven | eight | nine;\n");
  gchar *launch = g_strdup_printf ("pocketsphinxstt grammar=%s", path);

  g_free (path);
  return launch;
}

static gchar *
finals_of (const gchar * log)
{
  gchar **parts = g_strsplit (log, "|", -1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; parts[i]; i++) {
    if (parts[i][0] == '=')
      g_string_append_printf (text, "%s%s", text->len ? " " : "", parts[i] + 1);
  }
  g_strfreev (parts);
  return g_string_free (text, FALSE);
}

static gboolean
understands (const gchar * launch, const gchar * path, const gchar * expected)
{
  Listener listener;
  Sound sound;
  gchar *text;

  if (!read_sound (path, &sound))
    return FALSE;
  listener_init (&listener, launch, RATE);
  say (&listener, sound.pcm, sound.n);
  finish (&listener);
  text = finals_of (listener.log->str);
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  g_free (sound.pcm);
  listener_clear (&listener);
  return TRUE;
}

static void
check_words (const GstVoiceWords * words, const gchar * text, GstClockTime from,
    GstClockTime to)
{
  gchar **expected = g_strsplit (text, " ", -1);

  g_assert_cmpuint (words->n, ==, g_strv_length (expected));
  for (guint i = 0; i < words->n; i++) {
    const GstVoiceWord *word = &words->word[i];

    g_assert_cmpstr (word->text, ==, expected[i]);
    g_assert_cmpuint (word->length, ==, strlen (expected[i]));
    g_assert_cmpint (strncmp (text + word->offset, expected[i],
            word->length), ==, 0);
    g_assert_cmpuint (word->start, >=, i ? word[-1].end : from);
    g_assert_cmpuint (word->end, >, word->start + 50 * MS);
    g_assert_cmpuint (word->end, <=, to);
  }
  g_strfreev (expected);
}

static void
test_a_grammar_is_understood (void)
{
  gchar *launch = digits_launch ();

  understands (launch, DIGITS, DIGITS_TEXT);
  g_free (launch);
}

/* Several public rules, of which pocketsphinx itself takes one. */
static void
test_any_public_rule_may_be_spoken (void)
{
  gchar *path = write_text ("rules.gram", "#JSGF V1.0;\ngrammar rules;\n"
      "public <a> = stop;\npublic <b> = go <c> ten meters;\n"
      "<c> = forward | /* ; */ backward {a tag; \\} // no comment};\n"
      "public <d> = turn around; // or so");
  gchar *launch = g_strdup_printf ("pocketsphinxstt grammar=%s", path);

  understands (launch, MOVE, MOVE_TEXT);
  g_free (launch);
  g_free (path);
}

/* A word that the dictionary has only in lower case is written as in the
 * grammar. */
static void
test_words_are_written_as_in_the_grammar (void)
{
  gchar *path = write_text ("case.gram", "#JSGF V1.0;\ngrammar case;\n"
      "public <a> = Go FORWARD Ten meters;\n");
  gchar *launch = g_strdup_printf ("pocketsphinxstt grammar=%s", path);

  understands (launch, MOVE, "Go FORWARD Ten meters");
  g_free (launch);
  g_free (path);
}

static void
test_keyphrases_are_found (void)
{
  Listener listener;
  Sound sound;
  gchar *text;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt "
      "keyphrases=\"forward /1e-10/; stop  it/1e-10/;ten  meters /1e-10/;\"",
      RATE);
  say (&listener, sound.pcm, sound.n);
  finish (&listener);
  text = finals_of (listener.log->str);
  g_assert_cmpstr (text, ==, "forward ten meters");
  g_assert_cmpuint (listener.words->n, ==, 2);
  g_assert_cmpstr (listener.words->word[1].text, ==, "ten meters");
  g_free (text);
  g_free (sound.pcm);
  listener_clear (&listener);
}

static void
test_a_language_model_is_used (void)
{
  understands ("pocketsphinxstt lm=" DATA "turtle.lm.bin dict=" DATA
      "turtle.dic", MOVE, MOVE_TEXT);
}

/* As many interims as change, then one final with the times of its words. */
static void
test_interims_then_words_with_times (void)
{
  gchar *launch = digits_launch ();
  Listener listener;
  Sound sound;
  gchar *first;

  if (!read_sound (DIGITS, &sound)) {
    g_free (launch);
    return;
  }
  listener_init (&listener, launch, RATE);
  listener.now = 10 * GST_SECOND;
  say (&listener, sound.pcm, sound.n);
  finish (&listener);
  g_assert_cmpuint (listener.finals, ==, 1);
  g_assert_cmpuint (listener.interims, >=, 3);
  first = strchr (listener.log->str, '=');
  g_assert_cmpstr (first, ==, "=" DIGITS_TEXT "|");
  g_assert_nonnull (strstr (listener.log->str, "~two"));
  check_words (listener.words, DIGITS_TEXT, 10 * GST_SECOND, listener.now);
  g_assert_cmpuint (listener.last.start, ==, listener.words->word[0].start);
  g_assert_cmpuint (listener.last.end, ==, listener.words->word[4].end);
  g_assert_cmpuint (listener.last.segment, ==, 1);
  g_assert_cmpfloat (listener.last.confidence, >, 0.8);
  g_assert_cmpfloat (listener.last.confidence, <, 1);
  g_free (sound.pcm);
  g_free (launch);
  listener_clear (&listener);
}

/* The words do not depend on how the sound comes. */
static void
test_the_size_of_buffers_changes_nothing (void)
{
  gchar *launch = digits_launch (), *expected = NULL;
  static const gsize pieces[] = { 160, 37, 1023, 160000 };
  Sound sound;

  for (guint i = 0; i < G_N_ELEMENTS (pieces)
      && read_sound (DIGITS, &sound); i++) {
    Listener listener;

    listener_init (&listener, launch, RATE);
    say_at_rate (&listener, sound.pcm, sound.n, pieces[i], RATE);
    finish (&listener);
    if (!expected)
      expected = g_strdup (listener.log->str);
    g_assert_cmpstr (listener.log->str, ==, expected);
    g_free (sound.pcm);
    listener_clear (&listener);
  }
  g_free (expected);
  g_free (launch);
}

static void
test_other_rates_are_resampled (void)
{
  gchar *launch = digits_launch ();
  Listener listener;
  Sound sound;
  gint16 *thrice;
  gchar *text;

  if (read_sound (DIGITS, &sound)) {
    thrice = g_new (gint16, 3 * sound.n);
    for (gsize i = 0; i < 3 * sound.n; i++)
      thrice[i] = sound.pcm[i / 3];
    listener_init (&listener, launch, 3 * RATE);
    say_at_rate (&listener, thrice, 3 * sound.n, 3 * PIECE, 3 * RATE);
    finish (&listener);
    text = finals_of (listener.log->str);
    g_assert_cmpstr (text, ==, DIGITS_TEXT);
    check_words (listener.words, DIGITS_TEXT, 0, listener.now);
    g_free (text);
    g_free (thrice);
    g_free (sound.pcm);
    listener_clear (&listener);
  }
  g_free (launch);
}

/* The telephone's half of the sound is enough. */
static void
test_narrow_sound_is_understood (void)
{
  gchar *launch = digits_launch ();
  Listener listener;
  Sound sound;
  gchar *text;

  if (read_sound (DIGITS, &sound)) {
    for (gsize i = 0; i + 1 < sound.n; i += 2)
      sound.pcm[i / 2] = (sound.pcm[i] + sound.pcm[i + 1]) / 2;
    listener_init (&listener, launch, RATE / 2);
    say_at_rate (&listener, sound.pcm, sound.n / 2, PIECE / 2, RATE / 2);
    finish (&listener);
    text = finals_of (listener.log->str);
    g_assert_cmpstr (text, ==, DIGITS_TEXT);
    check_words (listener.words, DIGITS_TEXT, 0, listener.now);
    g_free (text);
    g_free (sound.pcm);
    listener_clear (&listener);
  }
  g_free (launch);
}

/* Speech that the grammar does not have gives no text; with garbage=0 it gives
 * some, and little confidence. */
static void
test_other_speech_is_no_sentence (void)
{
  static const gchar *const novel = DATA
      "librivox/sense_and_sensibility_01_austen_64kb-0880.wav";
  Listener listener;
  Sound sound;

  for (guint i = 0; i < 2 && read_sound (novel, &sound); i++) {
    listener_init (&listener, i ? "pocketsphinxstt garbage=0 " CARDS_GRAMMAR :
        "pocketsphinxstt " CARDS_GRAMMAR, RATE);
    say (&listener, sound.pcm, sound.n);
    finish (&listener);
    if (i == 0) {
      g_assert_cmpuint (listener.finals, ==, 0);
    } else {
      g_assert_cmpuint (listener.finals, >, 0);
      g_assert_cmpfloat (listener.last.confidence, >=, 0);
      g_assert_cmpfloat (listener.last.confidence, <, 0.5);
    }
    g_free (sound.pcm);
    listener_clear (&listener);
  }
}

/* Without a vad, silence cuts. */
static void
test_silence_cuts_without_a_vad (void)
{
  Listener listener;
  Sound sound;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt " MOVE_GRAMMAR, RATE);
  for (guint i = 0; i < 3; i++) {
    say (&listener, sound.pcm, sound.n);
    be_quiet (&listener, 1500);
  }
  /* They are final before the sound is over. */
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (gst_harness_pull (listener.h));
  finish (&listener);
  g_assert_cmpuint (listener.finals, ==, 3);
  g_assert_cmpuint (listener.last.segment, ==, 3);
  check_words (listener.words, MOVE_TEXT, 2 * (sound.n * GST_SECOND / RATE +
          1500 * MS), listener.now - 1500 * MS);
  g_free (sound.pcm);
  listener_clear (&listener);
}

/* The final comes when the sound has paused for `segment-pause`, and what
 * follows is the next segment. */
static void
test_a_pause_makes_words_final (void)
{
  Listener listener;
  Sound sound;
  GstClockTime again;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt segment-pause=300 " MOVE_GRAMMAR,
      RATE);
  say (&listener, sound.pcm, RATE * 6 / 10);
  tell (&listener, "speech-start", "onset", 450 * MS);
  say (&listener, sound.pcm + RATE * 6 / 10, RATE * 17 / 10);
  tell (&listener, "speech-pause", "end", 2100 * MS);
  say (&listener, sound.pcm + RATE * 23 / 10, RATE * 2 / 10);
  gst_buffer_unref (gst_harness_pull (listener.h));
  again = listener.now + 10 * MS;
  listener.now = again;
  say (&listener, sound.pcm, RATE * 6 / 10);
  tell (&listener, "speech-more", "onset", again + 450 * MS);
  say (&listener, sound.pcm + RATE * 6 / 10, RATE * 17 / 10);
  tell (&listener, "speech-stop", "end", again + 2100 * MS);
  gst_buffer_unref (gst_harness_pull (listener.h));
  g_assert_cmpuint (listener.finals, ==, 2);
  g_assert_cmpuint (listener.last.segment, ==, 2);
  check_words (listener.words, MOVE_TEXT, again, listener.now);
  g_free (sound.pcm);
  listener_clear (&listener);
}

/* Where vad hears nothing there are no words. */
static void
test_vad_alone_says_where_words_are (void)
{
  Listener listener;
  Sound sound;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt " MOVE_GRAMMAR, RATE);
  tell (&listener, "speech-stop", "end", 0);
  say (&listener, sound.pcm, sound.n);
  finish (&listener);
  g_assert_cmpstr (listener.log->str, ==, "");
  g_free (sound.pcm);
  listener_clear (&listener);
}

static void
test_cards_behind_a_vad (void)
{
  static const gchar *const expected[] = { "ten of clubs",
    "four queen of clubs", "seven of clubs", "five five",
    "eight of spades four of clubs seven of hearts"
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    gchar *path = g_strdup_printf (DATA "cards/00%u.wav", i + 1);

    understands ("vad ! pocketsphinxstt " CARDS_GRAMMAR, path, expected[i]);
    g_free (path);
  }
}

/* Lost sound: the words before it are not mixed with those behind it. */
static void
test_a_jump_in_time_ends_the_utterance (void)
{
  Listener listener;
  Sound sound;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt " MOVE_GRAMMAR, RATE);
  say (&listener, sound.pcm, RATE * 23 / 10);
  listener.now += 5 * GST_SECOND;
  say (&listener, sound.pcm, RATE * 23 / 10);
  finish (&listener);
  g_assert_cmpuint (listener.finals, ==, 2);
  g_assert_cmpuint (listener.words->word[0].start, >, 7 * GST_SECOND);
  g_free (sound.pcm);
  listener_clear (&listener);
}

/* What does not fit the grammar is no text, and the interims are taken back. */
static void
test_half_a_sentence_is_none (void)
{
  Listener listener;
  Sound sound;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt " MOVE_GRAMMAR, RATE);
  tell (&listener, "speech-start", "onset", 0);
  say (&listener, sound.pcm, RATE * 10 / 10);
  finish (&listener);
  g_assert_cmpuint (listener.finals, ==, 0);
  g_assert_true (listener.interims == 0
      || g_str_has_suffix (listener.log->str, "~|"));
  g_free (sound.pcm);
  listener_clear (&listener);
}

static gpointer
understand_in_thread (gpointer launch)
{
  for (guint i = 0; i < 2; i++) {
    understands (launch, DIGITS, DIGITS_TEXT);
    understands ("pocketsphinxstt " MOVE_GRAMMAR, MOVE, MOVE_TEXT);
  }
  return NULL;
}

/* Two calls at the same time, and decoders that change their grammar. */
static void
test_two_at_once (void)
{
  gchar *launch = digits_launch ();
  GThread *a = g_thread_new ("a", understand_in_thread, launch);
  GThread *b = g_thread_new ("b", understand_in_thread, launch);

  g_thread_join (a);
  g_thread_join (b);
  g_free (launch);
}

static void
test_states (void)
{
  Listener listener;
  Sound sound;
  GstElement *element;

  if (!read_sound (MOVE, &sound))
    return;
  listener_init (&listener, "pocketsphinxstt " MOVE_GRAMMAR, RATE);
  element = gst_harness_find_element (listener.h, "pocketsphinxstt");
  for (guint i = 0; i < 4; i++) {
    listener.now = 0;
    say (&listener, sound.pcm, sound.n / 2);
    gst_element_set_state (element, i % 2 ? GST_STATE_READY : GST_STATE_NULL);
    gst_harness_play (listener.h);
    gst_harness_set_src_caps_str (listener.h, "audio/x-raw,format=S16LE,"
        "layout=interleaved,channels=1,rate=16000");
  }
  listener.now = 0;
  say (&listener, sound.pcm, sound.n);
  finish (&listener);
  g_assert_cmpuint (listener.finals, ==, 1);
  check_words (listener.words, MOVE_TEXT, 0, listener.now);
  gst_object_unref (element);
  g_free (sound.pcm);
  listener_clear (&listener);
}

/* pocketsphinx loses memory when a grammar is wrong. */
static GstStateChangeReturn
try_to_start (GstElement * element)
{
  GstStateChangeReturn ret;

#ifdef __SANITIZE_ADDRESS__
  __lsan_disable ();
#endif
  ret = gst_element_set_state (element, GST_STATE_READY);
#ifdef __SANITIZE_ADDRESS__
  __lsan_enable ();
#endif
  return ret;
}

/* Starting with @property set to @value fails, and the message has @why. */
static void
refuses (const gchar * property, const gchar * value, const gchar * why)
{
  GstElement *element = gst_element_factory_make ("pocketsphinxstt", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error;

  gst_element_set_bus (element, bus);
  if (strcmp (property, "grammar") && strcmp (property, "keyphrases"))
    g_object_set (element, "grammar", DATA "goforward.gram", NULL);
  g_object_set (element, property, value, NULL);
  g_assert_cmpint (try_to_start (element), ==, GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  if (!strstr (error->message, why))
    g_error ("'%s' is not in '%s'", why, error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

#define HEAD "#JSGF V1.0;\ngrammar x;\n"

static void
test_a_wrong_grammar_is_told_with_its_line (void)
{
  static const struct
  {
    const gchar *text, *why;
  } cases[] = {
    {HEAD "public <a> = go\n  (forward;\n<b> = x;\n",
        ":4: syntax error near ';'"},
    {HEAD "public <a> = go;\n<b> = x", ":4: syntax error near its end"},
    {HEAD "public <a> = go;\n\npublic <b> = go <nowhere>;\n",
        ":5: Undefined rule in RHS: <x.nowhere>"},
    {HEAD "<a> = go;\n", ": has no public rule"},
    {HEAD "public <a> = <a> go | stop;\n", "right-recursion"},
    {HEAD "import <y.z>;\npublic <a> = <z>;\n", "find grammar y"},
    {HEAD "\n// gooo\npublic <a> = go;\n<b> = go gooo\n xyzzyx;\n"
          "public <c> = <b>;", ":6: not in the dictionary '"},
    {HEAD "\npublic <a> = go;\n<b> = gooo xyzzyx;\npublic <c> = <b>;",
        "cmudict-en-us.dict': 'gooo', 'xyzzyx'"},
    {HEAD "\n/* x\n */ hello;\npublic <a> = go;\n",
        ":5: a rule must begin with '<' or 'public <'"},
    {HEAD "public <a> = go;\n/* \n", ":4: a comment has no end"},
    {"grammar x;\npublic <a> = go;\n", ":1: does not begin with '#JSGF"},
    {"", ":1: does not begin with"},
    {HEAD "public <a> = \"new york\";\n", "\"new york\""},
    {HEAD "public <a> = caf\xe9;\n", ": is not UTF-8"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gchar *path = write_text ("wrong.gram", cases[i].text);

    refuses ("grammar", path, cases[i].why);
    refuses ("grammar", path, "wrong.gram:");
    g_free (path);
  }
  refuses ("grammar", "/nowhere/x.gram", "/nowhere/x.gram");
}

static void
test_wrong_keyphrases_are_told (void)
{
  static const gchar *const cases[][2] = {
    {"", "there is none"},
    {"stop;;go", "one of them is empty"},
    {"/1e-20/", "one of them is empty"},
    {"stop /x/", "threshold such as"},
    {"stop /1e-20", "threshold such as"},
    {"stop /0/", "threshold such as"},
    {"stop /1e-20/ it", "threshold such as"},
    {"go; xyzzyx", "keyphrases: not in the dictionary"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    refuses ("keyphrases", cases[i][0], cases[i][1]);
}

static void
test_a_missing_model_is_told (void)
{
  gchar *path;

  refuses ("hmm", "/nowhere", "no acoustic model: there is no file "
      "'/nowhere/mdef' (Debian's are in the package pocketsphinx-en-us)");
  refuses ("dict", "/nowhere/a.dict", "/nowhere/a.dict");
  refuses ("lm", "x.lm", "more than one of grammar, keyphrases and lm");
  /* pocketsphinx would end the process. */
  path = g_build_filename (folder, "damaged", NULL);
  g_mkdir (path, 0700);
  for (guint i = 0; i < 4; i++) {
    static const gchar *const parts[] = { "mdef", "means", "variances",
      "transition_matrices"
    };
    gchar *name = g_build_filename ("damaged", parts[i], NULL);

    g_free (write_text (name, "0.3\nnothing\n"));
    g_free (name);
  }
  refuses ("hmm", path, "cannot load the model");
  g_free (path);
}

/* A relative path is one beside the persona's description. */
static void
test_a_grammar_beside_the_description (void)
{
  gchar *grammar = write_text ("beside.gram", HEAD "public <a> = go;\n");
  gchar *description = write_text ("a.launch", "identity");
  gchar *path = write_text ("a.json", "{\"name\": \"a\", "
      "\"pipeline\": \"a.launch\"}");
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  GstElement *element = gst_element_factory_make ("pocketsphinxstt", NULL);
  GstVoicePersona *persona;
  GError *error = NULL;

  persona = gst_voice_persona_load (path, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  gst_element_set_context (element, context);
  g_object_set (element, "grammar", "beside.gram", NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_READY), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_voice_persona_unref (persona);
  gst_object_unref (element);
  gst_context_unref (context);
  g_object_unref (session);
  g_free (path);
  g_free (description);
  g_free (grammar);
}

typedef struct
{
  GstElement *pipeline;
  GString *log;
} Call;

static GstBusSyncReply
note (GstBus * bus, GstMessage * message, gpointer data)
{
  Call *call = data;
  const GstStructure *s = gst_message_get_structure (message);
  gchar *text;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && (gst_structure_has_name (s, "voice/interim")
          || gst_structure_has_name (s, "voice/final"))) {
    GstStructure *copy = gst_structure_copy (s);

    gst_structure_remove_field (copy, "wall");
    text = gst_structure_to_string (copy);
    g_string_append_printf (call->log, "%s\n", text);
    g_free (text);
    gst_structure_free (copy);
  }
  return GST_BUS_PASS;
}

static gchar *
simulate (const gchar * launch)
{
  Call call = { NULL, g_string_new (NULL) };
  GstClock *clock = gst_voice_clock_new ();
  GError *error = NULL;
  GstMessage *message;
  GstBus *bus;

  call.pipeline = gst_parse_launch (launch, &error);
  g_assert_no_error (error);
  bus = gst_element_get_bus (call.pipeline);
  gst_bus_set_sync_handler (bus, note, &call, NULL);
  gst_pipeline_use_clock (GST_PIPELINE (call.pipeline), clock);
  gst_element_set_state (call.pipeline, GST_STATE_PLAYING);
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (call.pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (call.pipeline);
  gst_object_unref (clock);
  return g_string_free (call.log, FALSE);
}

/* The same call twice, by decoders that have heard different things before. */
static void
test_simulated_time (void)
{
  gchar *caller = write_text ("x.caller", "at 0.5 play " MOVE " rate=16000\n"
      "after 1 play " MOVE " rate=16000 level=-6\nafter 1 hangup\n");
  gchar *launch = g_strdup_printf ("callersrc location=%s ! vad ! "
      "pocketsphinxstt " MOVE_GRAMMAR " ! "
      "fakesink sync=false async=false enable-last-sample=false", caller);
  gchar *first, *second;

  if (!g_file_test (MOVE, G_FILE_TEST_EXISTS)) {
    g_test_skip ("pocketsphinx-testdata is not installed");
  } else {
    first = simulate (launch);
    understands ("pocketsphinxstt " CARDS_GRAMMAR, DATA "cards/005.wav",
        "eight of spades four of clubs seven of hearts");
    second = simulate (launch);
    g_assert_nonnull (strstr (first, "voice/interim, text=(string)go"));
    g_assert_nonnull (strstr (first, "go\\ forward\\ ten\\ meters"));
    g_assert_nonnull (strstr (first, "segment=(uint)2"));
    g_assert_cmpstr (first, ==, second);
    g_free (first);
    g_free (second);
  }
  g_free (launch);
  g_free (caller);
}

static void
test_launch_line (void)
{
  if (g_file_test (MOVE, G_FILE_TEST_EXISTS))
    doc_line_run ("plugins/speech/gstpocketsphinxstt.c");
  else
    g_test_skip ("pocketsphinx-testdata is not installed");
}

static void
test_skipped (void)
{
  g_test_skip ("pocketsphinxstt is not built, or pocketsphinx-en-us is not "
      "installed");
}

static gboolean
is_there (void)
{
  GstElementFactory *factory = gst_element_factory_find ("pocketsphinxstt");

  if (!factory)
    return FALSE;
  gst_object_unref (factory);
  return g_file_test (MODEL "en-us/mdef", G_FILE_TEST_EXISTS);
}

static void
add_tests (void)
{
#define ADD(name, func) g_test_add_func ("/pocketsphinxstt/" name, func)
  ADD ("grammar", test_a_grammar_is_understood);
  ADD ("public-rules", test_any_public_rule_may_be_spoken);
  ADD ("case", test_words_are_written_as_in_the_grammar);
  ADD ("keyphrases", test_keyphrases_are_found);
  ADD ("language-model", test_a_language_model_is_used);
  ADD ("interims-and-words", test_interims_then_words_with_times);
  ADD ("buffer-size", test_the_size_of_buffers_changes_nothing);
  ADD ("rates", test_other_rates_are_resampled);
  ADD ("narrow", test_narrow_sound_is_understood);
  ADD ("other-speech", test_other_speech_is_no_sentence);
  ADD ("silence-cuts", test_silence_cuts_without_a_vad);
  ADD ("pause-cuts", test_a_pause_makes_words_final);
  ADD ("only-where-vad-says", test_vad_alone_says_where_words_are);
  ADD ("cards", test_cards_behind_a_vad);
  ADD ("jump", test_a_jump_in_time_ends_the_utterance);
  ADD ("half-a-sentence", test_half_a_sentence_is_none);
  ADD ("two-at-once", test_two_at_once);
  ADD ("states", test_states);
  ADD ("wrong-grammar", test_a_wrong_grammar_is_told_with_its_line);
  ADD ("wrong-keyphrases", test_wrong_keyphrases_are_told);
  ADD ("missing-model", test_a_missing_model_is_told);
  ADD ("beside-the-description", test_a_grammar_beside_the_description);
  ADD ("simulated-time", test_simulated_time);
  ADD ("launch-line", test_launch_line);
#undef ADD
}

static void
remove_folder (void)
{
  static const gchar *const names[] = { "damaged/mdef", "damaged/means",
    "damaged/variances", "damaged/transition_matrices", "damaged",
    "digits.gram", "rules.gram", "case.gram", "wrong.gram", "x.caller",
    "beside.gram", "a.launch", "a.json", ""
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *path = g_build_filename (folder, names[i], NULL);

    g_remove (path);
    g_free (path);
  }
  g_free (folder);
}

int
main (int argc, char **argv)
{
  gint rc;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("pocketsphinxstt-XXXXXX", NULL);
  if (is_there ())
    add_tests ();
  else
    g_test_add_func ("/pocketsphinxstt/skipped", test_skipped);
  rc = g_test_run ();
  remove_folder ();
  gst_deinit ();
  return rc;
}
