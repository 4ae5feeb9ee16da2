/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How true it is what the agent believes was heard of a speech that is cut.
 *
 * A speech is played in simulated time, once to its end and then cut at random
 * points. What came out of `playout` is the recording: its last sample that is
 * not silent says where it was really cut. Where the words lie in the whole
 * recording a recogniser tells that knows the text and nothing else of us
 * (forced alignment), and beside it the synthesiser. A word was heard when half
 * of it was played.
 */
#include "figures.h"
#include "idle-stages.h"
#include "played-call.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <pocketsphinx.h>
#include <string.h>

#define MODEL "/usr/share/pocketsphinx/model/en-us/"
#define PERSONA "tests/data/idle/heard.json"
#define RATE 16000
#define CUTS 200

typedef struct
{
  PlayedCall call;
  GstClockTime cut_at;          /* of the caller's sound, or none */

  /* playout's threads */
  GArray *recording;            /* of gint16, from running time 0 */
  GArray *middles;              /* of guint64: of words, in samples of speech */
  guint64 come;                 /* samples of the speech so far */

  /* main thread */
  gchar *text;                  /* what is believed */
  GstClockTime position;
} Play;

static GstPadProbeReturn
sound_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  Play *play = data;

  for (guint i = 0; meta && meta->words && i < meta->words->n; i++) {
    const GstVoiceWord *word = &meta->words->word[i];
    guint64 middle = play->come + gst_util_uint64_scale_int ((word->start +
            word->end) / 2, RATE, GST_SECOND);

    g_array_append_val (play->middles, middle);
  }
  play->come += gst_buffer_get_size (buffer) / sizeof (gint16);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
frame_leaves (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Play *play = data;
  GstMapInfo map;

  gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ);
  g_array_append_vals (play->recording, map.data, map.size / sizeof (gint16));
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
caller_speaks (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Play *play = data;

  if (GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)) < play->cut_at)
    return GST_PAD_PROBE_OK;
  g_signal_emit_by_name (play->call.agent, "interrupt", TRUE);
  return GST_PAD_PROBE_REMOVE;
}

static void
watch (Play * play, GstElement * element, const gchar * pad_name,
    GstPadProbeCallback func)
{
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, func, play, NULL);
  gst_object_unref (pad);
}

static void
take_heard (PlayedCall * call, GstMessage * message, gpointer data)
{
  const GstStructure *s = gst_message_get_structure (message);
  Play *play = data;

  if (play->text || !s || !gst_structure_has_name (s, "voice/heard"))
    return;
  play->text = g_strdup (gst_voice_structure_string (s, "text"));
  play->position = gst_voice_structure_time (s, "position");
  call->ended = TRUE;
}

static void
play_speech (Play * play, GstClockTime cut_at)
{
  GstElement *playout;

  memset (play, 0, sizeof *play);
  play->cut_at = cut_at;
  play->recording = g_array_new (FALSE, FALSE, sizeof (gint16));
  play->middles = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (!played_call_prepare (&play->call, PERSONA, NULL))
    g_error ("the call cannot be made");
  playout = played_call_find (&play->call, "playout");
  watch (play, playout, "sink", sound_enters);
  watch (play, playout, "src", frame_leaves);
  watch (play, play->call.agent, "sink", caller_speaks);
  gst_object_unref (playout);
  played_call_play (&play->call, TRUE);
  played_call_run (&play->call, 1, 60 * GST_SECOND, take_heard, play);
  played_call_stop (&play->call);
  if (!play->text)
    g_error ("nothing was told of what was heard");
}

static void
play_clear (Play * play)
{
  g_array_unref (play->recording);
  g_array_unref (play->middles);
  g_free (play->text);
}

static guint64
first_sound (const GArray * recording)
{
  guint64 i = 0;

  while (i < recording->len && !g_array_index (recording, gint16, i))
    i++;
  return i;
}

static guint64
last_sound (const GArray * recording)
{
  guint64 i = recording->len;

  while (i > 0 && !g_array_index (recording, gint16, i - 1))
    i--;
  return i;
}

static guint
count_words (const gchar * text)
{
  guint n = 0;

  for (gboolean in = FALSE; *text; text++) {
    n += *text != ' ' && !in;
    in = *text != ' ';
  }
  return n;
}

/* The text as a grammar that allows nothing else. */
static gchar *
grammar_of (const gchar * text)
{
  GString *grammar = g_string_new ("#JSGF V1.0; grammar a; public <a> = ");

  for (; *text; text++) {
    if (g_ascii_isalpha (*text) || *text == ' ')
      g_string_append_c (grammar, g_ascii_tolower (*text));
  }
  g_string_append (grammar, ";");
  return g_string_free (grammar, FALSE);
}

/* The middles of the words in the recording, in samples. */
static GArray *
align (const GArray * recording, const gchar * text)
{
  cmd_ln_t *config = cmd_ln_init (NULL, ps_args (), TRUE, "-hmm",
      MODEL "en-us", "-dict", MODEL "cmudict-en-us.dict", "-logfn", "/dev/null",
      "-bestpath", "no", "-beam", "1e-100", "-wbeam", "1e-100", "-pbeam",
      "1e-100", NULL);
  ps_decoder_t *ps = ps_init (config);
  GArray *middles = g_array_new (FALSE, FALSE, sizeof (guint64));
  gchar *grammar = grammar_of (text);
  int frames = cmd_ln_int32_r (config, "-frate"), from, to;

  if (!ps || ps_set_jsgf_string (ps, "text", grammar) < 0)
    g_error ("no model for English in " MODEL);
  ps_set_search (ps, "text");
  ps_start_utt (ps);
  ps_process_raw (ps, (const gint16 *) recording->data, recording->len, FALSE,
      TRUE);
  ps_end_utt (ps);
  for (ps_seg_t * s = ps_seg_iter (ps); s; s = ps_seg_next (s)) {
    const char *word = ps_seg_word (s);
    guint64 middle;

    ps_seg_frames (s, &from, &to);
    middle = (guint64) (from + to + 1) * RATE / frames / 2;
    if (word && g_ascii_isalpha (*word))
      g_array_append_val (middles, middle);
  }
  ps_free (ps);
  cmd_ln_free_r (config);
  g_free (grammar);
  return middles;
}

static guint
words_before (const GArray * middles, guint64 at)
{
  guint n = 0;

  while (n < middles->len && g_array_index (middles, guint64, n) <= at)
    n++;
  return n;
}

typedef struct
{
  guint sum, most, exact;
} Error;

static void
count_error (Error * error, guint believed, guint truth)
{
  guint d = MAX (believed, truth) - MIN (believed, truth);

  error->sum += d;
  error->most = MAX (error->most, d);
  error->exact += d == 0;
}

static void
print_error (const Error * error, const gchar * what, const gchar * budget)
{
  figures_row (what, budget, "%.3f / %u, %u %% exact",
      (gdouble) error->sum / CUTS, error->most, error->exact * 100 / CUTS);
}

/* Samples of the speech that were played, as @play tells and as it is. */
static gdouble
position_error (const Play * play, guint64 begin)
{
  gdouble told = play->position / 1e6;
  gdouble real = (last_sound (play->recording) - begin) * 1e3 / RATE;

  return ABS (told - real);
}

int
main (int argc, char **argv)
{
  GArray *positions = g_array_new (FALSE, FALSE, sizeof (gdouble));
  GRand *random = g_rand_new_with_seed (1);
  Error by_ear = { 0 }, by_voice = { 0 };
  Play whole, cut;
  GArray *words;
  guint64 begin, end;

  gst_init (&argc, &argv);
  idle_stages_register ();
  play_speech (&whole, GST_CLOCK_TIME_NONE);
  begin = first_sound (whole.recording);
  end = last_sound (whole.recording);
  words = align (whole.recording, whole.text);
  if (words->len != count_words (whole.text)
      || whole.middles->len != words->len)
    g_error ("%u words said, %u found, %u told", count_words (whole.text),
        words->len, whole.middles->len);
  for (guint i = 0; i < CUTS; i++) {
    guint64 at = g_rand_double_range (random, begin, end), sounded;
    gdouble position;

    play_speech (&cut, gst_util_uint64_scale_int (at, GST_SECOND, RATE));
    sounded = last_sound (cut.recording);
    count_error (&by_ear, count_words (cut.text), words_before (words,
            sounded));
    count_error (&by_voice, count_words (cut.text),
        words_before (whole.middles, sounded - begin));
    position = position_error (&cut, begin);
    g_array_append_val (positions, position);
    play_clear (&cut);
  }
  print_error (&by_ear, "heard text, words wrong, mean / most, by alignment",
      "<= 1");
  print_error (&by_voice, "- the same by the synthesiser's times", "<= 1");
  figures_spread ("- position told, ms beside the recording's", "", positions);
  play_clear (&whole);
  g_array_unref (words);
  g_array_unref (positions);
  g_rand_free (random);
  return 0;
}
