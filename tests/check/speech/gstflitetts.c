/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sentences become sound at once, and the words are where flite says.
 */
#include "doc-line.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define MS GST_MSECOND

/* All that came of a text. */
typedef struct
{
  GArray *samples;
  guint rate, buffers;
  GstClockTime longest;
  GstVoiceWords *words;         /* the last list */
  guint lists;
} Spoken;

static void
spoken_clear (Spoken * spoken)
{
  g_array_unref (spoken->samples);
  g_clear_pointer (&spoken->words, gst_voice_words_unref);
}

static void
take (Spoken * spoken, GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  GstMapInfo map;

  g_assert_nonnull (meta);
  if (meta->words) {
    g_clear_pointer (&spoken->words, gst_voice_words_unref);
    spoken->words = gst_voice_words_ref (meta->words);
    spoken->lists++;
  }
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_array_append_vals (spoken->samples, map.data, map.size / 2);
  gst_buffer_unmap (buffer, &map);
  spoken->longest = MAX (spoken->longest, GST_BUFFER_DURATION (buffer));
  spoken->buffers++;
  gst_buffer_unref (buffer);
}

static guint
caps_rate (GstHarness * h)
{
  GstCaps *caps = gst_pad_get_current_caps (h->sinkpad);
  GstAudioInfo info;

  if (!caps)
    return 0;
  g_assert_true (gst_audio_info_from_caps (&info, caps));
  g_assert_cmpint (GST_AUDIO_INFO_FORMAT (&info), ==, GST_AUDIO_FORMAT_S16LE);
  gst_caps_unref (caps);
  return GST_AUDIO_INFO_RATE (&info);
}

static GstHarness *
new_harness (const gchar * launch)
{
  GstHarness *h = gst_harness_new_parse (launch);

  gst_harness_set_src_caps_str (h, "text/x-raw,format=utf8");
  return h;
}

static void
pull_all (GstHarness * h, Spoken * spoken)
{
  GstBuffer *buffer;

  memset (spoken, 0, sizeof *spoken);
  spoken->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  gst_harness_push_event (h, gst_event_new_eos ());
  while (gst_harness_pull_until_eos (h, &buffer) && buffer)
    take (spoken, buffer);
  spoken->rate = caps_rate (h);
}

static void
speak_with (const gchar * launch, const gchar * text, Spoken * spoken)
{
  GstHarness *h = new_harness (launch);

  g_assert_cmpint (gst_harness_push (h, gst_voice_text_buffer_new (text)), ==,
      GST_FLOW_OK);
  pull_all (h, spoken);
  g_assert_cmpuint (spoken->lists, ==, spoken->samples->len > 0);
  gst_harness_teardown (h);
}

static gdouble
level (const Spoken * spoken, GstClockTime from, GstClockTime to)
{
  guint64 a = gst_util_uint64_scale (from, spoken->rate, GST_SECOND);
  guint64 b = gst_util_uint64_scale (to, spoken->rate, GST_SECOND);
  gdouble sum = 0;

  b = MIN (b, spoken->samples->len);
  for (guint64 i = a; i < b; i++) {
    gdouble x = g_array_index (spoken->samples, gint16, i);

    sum += x * x;
  }
  return b > a ? sqrt (sum / (b - a)) : 0;
}

static GstClockTime
duration (const Spoken * spoken)
{
  return gst_util_uint64_scale (spoken->samples->len, GST_SECOND, spoken->rate);
}

static const gchar *const voices[] = { "awb", "kal", "kal16", "rms", "slt" };

static void
for_each_voice (void (*check) (const gchar * launch))
{
  for (guint i = 0; i < G_N_ELEMENTS (voices); i++) {
    gchar *launch = g_strdup_printf ("flitetts voice=%s", voices[i]);

    g_test_message ("%s", launch);
    check (launch);
    g_free (launch);
  }
}

/* The silence before the words is latency; behind them it is a pause. Voices
 * differ in loudness, and a stop would begin with silence of its own. */
static void
check_silence (const gchar * launch)
{
  Spoken spoken;
  GstClockTime end;
  gdouble usual;

  speak_with (launch, "All of you, a good morning.", &spoken);
  end = spoken.words->word[5].end;
  usual = level (&spoken, 0, end);
  g_assert_cmpfloat (level (&spoken, 0, 100 * MS), >, usual / 3);
  g_assert_cmpfloat (level (&spoken, end - 200 * MS, end), >, usual / 10);
  g_assert_cmpfloat (level (&spoken, end + 50 * MS, duration (&spoken)), <,
      usual / 20);
  g_assert_cmpuint (duration (&spoken), >=, end + 149 * MS);
  g_assert_cmpuint (duration (&spoken), <=, end + 151 * MS);
  spoken_clear (&spoken);
}

static void
test_speech_begins_at_once_and_ends_with_a_pause (void)
{
  for_each_voice (check_silence);
}

/* Between words that a comma separates there is silence, and in them sound:
 * just where the list says. */
static void
check_times (const gchar * launch)
{
  Spoken spoken;

  speak_with (launch, "One, nine, seven, eleven, and finally a dozen roses.",
      &spoken);
  g_assert_cmpuint (spoken.words->n, ==, 9);
  for (guint i = 0; i < spoken.words->n; i++) {
    const GstVoiceWord *word = &spoken.words->word[i];
    GstClockTime next = i + 1 < spoken.words->n ? word[1].start :
        duration (&spoken);

    g_assert_cmpuint (word->end, >, word->start + 20 * MS);
    g_assert_cmpuint (next, >=, word->end);
    g_assert_cmpfloat (level (&spoken, word->start, word->end), >, 400);
    if (next > word->end + 100 * MS)
      g_assert_cmpfloat (level (&spoken, word->end + 50 * MS, next - 40 * MS),
          <, level (&spoken, word->start, word->end) / 5);
  }
  g_assert_cmpuint (spoken.words->word[1].start, >,
      spoken.words->word[0].end + 100 * MS);
  spoken_clear (&spoken);
}

static void
test_words_are_where_the_list_says (void)
{
  for_each_voice (check_times);
}

static void
test_one_entry_for_each_word (void)
{
  static const gchar *const expected[] = { "Well", "—", "it's", "$50.25", "&",
    "…", "“okay”?", "你好"
  };
  Spoken spoken;

  speak_with ("flitetts voice=kal",
      "Well — it's $50.25 & … “okay”? 你好", &spoken);
  g_assert_cmpuint (spoken.words->n, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < spoken.words->n; i++) {
    const GstVoiceWord *word = &spoken.words->word[i];

    g_assert_cmpstr (word->text, ==, expected[i]);
    g_assert_cmpuint (word->start, <=, word->end);
    if (i > 0)
      g_assert_cmpuint (word->start, >=, word[-1].end);
    /* What is not spoken takes no time. */
    g_assert_true ((word->end == word->start) == (i == 1 || i == 5 || i == 7));
  }
  g_assert_cmpuint (spoken.words->word[2].offset, ==, 7);
  g_assert_cmpuint (spoken.words->word[2].length, ==, 4);
  spoken_clear (&spoken);
}

static void
test_sound_comes_in_short_buffers (void)
{
  Spoken spoken;

  speak_with ("flitetts", "This sentence is long enough for many buffers.",
      &spoken);
  g_assert_cmpuint (spoken.buffers, >, 20);
  g_assert_cmpuint (spoken.longest, <=, 100 * MS);
  spoken_clear (&spoken);
}

static void
test_nothing_to_say_is_no_sound (void)
{
  static const gchar *const texts[] =
      { "", " ", "... !", "— “”", "你好",
    "\x01\x02"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    Spoken spoken;

    speak_with ("flitetts voice=kal", texts[i], &spoken);
    g_assert_cmpuint (spoken.samples->len, ==, 0);
    spoken_clear (&spoken);
  }
}

static void
test_hostile_text_is_no_crash (void)
{
  static const gchar *const texts[] = { "'s 's", "$ % 5%% 1//2 999,,9",
    "-- - -5- 1-2-3-", "http://x.example/y?z=1&q=%20", "MMMMMMMM IV. 0000000",
    "St. Dr. Mr A am 5am 5:30pm", "{}[]<>~^*_`|\\", "99999999999999999999999",
    "a\xff\xfe", "\x1b[31mred\x1b[0m"
  };
  gchar *word = g_strnfill (10000, 'a');

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++) {
    Spoken spoken;

    speak_with ("flitetts voice=kal", i < G_N_ELEMENTS (texts) ? texts[i] :
        word, &spoken);
    spoken_clear (&spoken);
  }
  g_free (word);
}

/* Spoken in parts; the first one's times are exact, all of them are there. */
static void
test_a_very_long_sentence (void)
{
  GString *text = g_string_new (NULL);
  Spoken spoken;
  GstClockTime end;

  while (text->len < 10000)
    g_string_append (text, "this goes on and on, word by word and ");
  speak_with ("flitetts voice=kal", text->str, &spoken);
  g_assert_cmpuint (duration (&spoken), >, 300 * GST_SECOND);
  end = spoken.words->word[spoken.words->n - 1].end;
  g_assert_cmpfloat (fabs ((gdouble) end / duration (&spoken) - 1), <, 0.1);
  spoken_clear (&spoken);
  g_string_free (text, TRUE);
}

static void
test_properties_hold_from_the_next_sentence_on (void)
{
  GstHarness *h = new_harness ("flitetts voice=cmu_us_kal speed=2");
  GstElement *element = gst_harness_find_element (h, "flitetts");
  Spoken fast, slow;
  GstBuffer *buffer;
  GstClockTime time = 0;

  speak_with ("flitetts voice=kal", "How fast is this?", &slow);
  gst_harness_push (h, gst_voice_text_buffer_new ("How fast is this?"));
  while (time < duration (&slow) / 2 - 50 * MS) {
    buffer = gst_harness_pull (h);
    time += GST_BUFFER_DURATION (buffer);
    gst_buffer_unref (buffer);
  }
  g_assert_cmpuint (caps_rate (h), ==, 8000);
  g_object_set (element, "voice", "kal16", "speed", 1.0, NULL);
  gst_harness_push (h, gst_voice_text_buffer_new ("How fast is this?"));
  pull_all (h, &fast);
  g_assert_cmpuint (fast.rate, ==, 16000);
  spoken_clear (&fast);
  spoken_clear (&slow);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* How alike 25 ms of sound and what is @lag samples behind are, 1 for equal. */
static gdouble
likeness (const gint16 * x, guint n, guint lag)
{
  gdouble both = 0, first = 1, second = 1;

  for (guint i = 0; i < n; i++) {
    both += (gdouble) x[i] * x[i + lag];
    first += (gdouble) x[i] * x[i];
    second += (gdouble) x[i + lag] * x[i + lag];
  }
  return both / sqrt (first * second);
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return x < y ? -1 : x > y;
}

/* The usual pitch in Hz. Of two distances that are nearly as good the shorter
 * one is a period, the longer one two. */
static gdouble
pitch_of (const Spoken * spoken)
{
  const gint16 *x = (const gint16 *) (gpointer) spoken->samples->data;
  guint n = spoken->rate / 40, longest = spoken->rate / 60;
  GArray *found = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble median;

  for (guint at = 0; at + n + longest < spoken->samples->len; at += n) {
    gdouble best = 0.5, pitch = 0;

    for (guint lag = spoken->rate / 400; lag < longest; lag++) {
      gdouble alike = likeness (x + at, n, lag);

      if (alike > best * (pitch > 0 ? 1.1 : 1)) {
        best = alike;
        pitch = (gdouble) spoken->rate / lag;
      }
    }
    if (pitch > 0)
      g_array_append_val (found, pitch);
  }
  g_assert_cmpuint (found->len, >, 5);
  g_array_sort (found, compare_doubles);
  median = g_array_index (found, gdouble, found->len / 2);
  g_array_unref (found);
  return median;
}

static void
check_pitch (const gchar * launch)
{
  gchar *lower = g_strconcat (launch, " pitch=0.7", NULL);
  gchar *higher = g_strconcat (launch, " pitch=1.4", NULL);
  Spoken low, high;

  speak_with (lower, "Noon moon loon.", &low);
  speak_with (higher, "Noon moon loon.", &high);
  g_assert_cmpfloat (pitch_of (&high), >, 1.5 * pitch_of (&low));
  g_assert_cmpfloat (fabs (duration (&high) * 1.0 / duration (&low) - 1), <,
      0.05);
  spoken_clear (&low);
  spoken_clear (&high);
  g_free (lower);
  g_free (higher);
}

static void
test_pitch (void)
{
  check_pitch ("flitetts voice=awb");
  check_pitch ("flitetts voice=kal");
  check_pitch ("flitetts voice=kal16");
  check_pitch ("flitetts voice=slt");
}

static void
test_no_such_voice (void)
{
  GstElement *element = gst_element_factory_make ("flitetts", NULL);
  GstBus *bus = gst_bus_new ();
  const GstStructure *details;
  GstMessage *message;
  GError *error;

  gst_element_set_bus (element, bus);
  g_object_set (element, "voice", "nobody", NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_READY), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "no voice 'nobody'"));
  g_assert_nonnull (strstr (error->message, "slt"));
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==,
      "unsupported");
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

static gchar *
voice_for_persona (const gchar * persona_voice, const gchar * own)
{
  gchar *dir = g_dir_make_tmp ("flitetts-XXXXXX", NULL);
  gchar *launch = g_build_filename (dir, "a.launch", NULL);
  gchar *path = g_build_filename (dir, "a.json", NULL);
  gchar *text = g_strdup_printf ("{\"name\": \"a\", \"pipeline\": "
      "\"a.launch\", \"voice\": \"%s\"}", persona_voice);
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  GstElement *element = gst_element_factory_make ("flitetts", NULL);
  GstVoicePersona *persona;
  GError *error = NULL;
  gchar *voice;

  g_assert_true (g_file_set_contents (launch, "identity", -1, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  persona = gst_voice_persona_load (path, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  gst_element_set_context (element, context);
  if (own)
    g_object_set (element, "voice", own, NULL);
  gst_element_set_state (element, GST_STATE_PAUSED);
  g_object_get (element, "voice", &voice, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_voice_persona_unref (persona);
  gst_object_unref (element);
  gst_context_unref (context);
  g_object_unref (session);
  g_unlink (launch);
  g_unlink (path);
  g_rmdir (dir);
  g_free (text);
  g_free (path);
  g_free (launch);
  g_free (dir);
  return voice;
}

/* Its voice is taken unless one was set, or it is another provider's. */
static void
test_the_voice_of_the_persona (void)
{
  static const gchar *const cases[][3] = {
    {"awb", NULL, "awb"}, {"awb", "rms", "rms"}, {"nova", NULL, "slt"},
    {"nova", "rms", "rms"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gchar *voice = voice_for_persona (cases[i][0], cases[i][1]);

    g_assert_cmpstr (voice, ==, cases[i][2]);
    g_free (voice);
  }
}

typedef struct
{
  GstHarness *h;
  guint buffers;
} Interrupter;

/* With the third buffer, in the synthesiser's own thread. */
static GstPadProbeReturn
interrupt_at_third (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Interrupter *self = data;

  if (++self->buffers == 3)
    gst_harness_push_event (self->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
            gst_voice_structure_new ("interrupt", "generation", 1, "reason",
                "words", "force", FALSE, NULL)));
  return GST_PAD_PROBE_OK;
}

static void
test_an_interruption_ends_the_sentence (void)
{
  GstHarness *h = new_harness ("flitetts");
  Interrupter interrupter = { h, 0 };
  GstBuffer *buffer = gst_voice_text_buffer_new ("again");
  GString *text = g_string_new (NULL);
  Spoken spoken;

  /* Some ten seconds of work, unless it is ended. */
  while (text->len < 10000)
    g_string_append (text, "nobody will ever hear the end of this ");
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, interrupt_at_third,
      &interrupter, NULL);
  gst_harness_push (h, gst_voice_text_buffer_new (text->str));
  gst_voice_meta_add (buffer)->generation = 1;
  gst_harness_push (h, buffer);
  pull_all (h, &spoken);
  /* Three of the first sentence, then the second. */
  g_assert_cmpuint (spoken.lists, ==, 2);
  g_assert_cmpstr (spoken.words->word[0].text, ==, "again");
  g_assert_cmpuint (duration (&spoken), <, 2 * GST_SECOND);
  g_assert_cmpuint (interrupter.buffers, >, 6);
  g_string_free (text, TRUE);
  spoken_clear (&spoken);
  gst_harness_teardown (h);
}

static gpointer
speak_in_thread (gpointer launch)
{
  for (guint i = 0; i < 3; i++) {
    Spoken spoken;

    speak_with (launch, "We speak, both of us, at the very same time.",
        &spoken);
    g_assert_cmpuint (spoken.samples->len, >, spoken.rate);
    g_assert_cmpuint (spoken.words->n, ==, 10);
    spoken_clear (&spoken);
  }
  return NULL;
}

static void
test_two_at_once (void)
{
  GThread *a = g_thread_new ("a", speak_in_thread, (gpointer) "flitetts");
  GThread *b = g_thread_new ("b", speak_in_thread, (gpointer) "flitetts");

  g_thread_join (a);
  g_thread_join (b);
}

static void
test_states (void)
{
  GstHarness *h = new_harness ("flitetts voice=kal");
  GstElement *element = gst_harness_find_element (h, "flitetts");

  for (guint i = 0; i < 5; i++) {
    gst_harness_push (h, gst_voice_text_buffer_new ("Up and down."));
    gst_buffer_unref (gst_harness_pull (h));
    gst_element_set_state (element, i % 2 ? GST_STATE_READY : GST_STATE_NULL);
    gst_harness_play (h);
    gst_harness_set_src_caps_str (h, "text/x-raw,format=utf8");
  }
  gst_object_unref (element);
  gst_harness_teardown (h);
}

static void
test_launch_line (void)
{
  doc_line_run ("plugins/speech/gstflitetts.c");
}

static void
test_not_built (void)
{
  g_test_skip ("flitetts is not built: flite1-dev is not installed");
}

int
main (int argc, char **argv)
{
  GstElementFactory *factory;
  gint rc;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  factory = gst_element_factory_find ("flitetts");
  if (!factory) {
    g_test_add_func ("/flitetts/not-built", test_not_built);
    return g_test_run ();
  }
  gst_object_unref (factory);
#define ADD(name, func) g_test_add_func ("/flitetts/" name, func)
  ADD ("speech-begins-at-once-and-ends-with-a-pause",
      test_speech_begins_at_once_and_ends_with_a_pause);
  ADD ("words-are-where-the-list-says", test_words_are_where_the_list_says);
  ADD ("one-entry-for-each-word", test_one_entry_for_each_word);
  ADD ("sound-comes-in-short-buffers", test_sound_comes_in_short_buffers);
  ADD ("nothing-to-say-is-no-sound", test_nothing_to_say_is_no_sound);
  ADD ("hostile-text-is-no-crash", test_hostile_text_is_no_crash);
  ADD ("a-very-long-sentence", test_a_very_long_sentence);
  ADD ("properties-hold-from-the-next-sentence-on",
      test_properties_hold_from_the_next_sentence_on);
  ADD ("pitch", test_pitch);
  ADD ("no-such-voice", test_no_such_voice);
  ADD ("voice-of-the-persona", test_the_voice_of_the_persona);
  ADD ("an-interruption-ends-the-sentence",
      test_an_interruption_ends_the_sentence);
  ADD ("two-at-once", test_two_at_once);
  ADD ("states", test_states);
  ADD ("launch-line", test_launch_line);
#undef ADD
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
