/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-pocketsphinxstt
 * @title: pocketsphinxstt
 *
 * Recognises speech with pocketsphinx, without a network. It is at its best
 * with a `grammar` of what a caller may say; it can also listen for
 * `keyphrases`, or take down anything with a statistical model, `lm`, which
 * makes many mistakes. Exactly one of the three is set; with none it takes the
 * model's own `lm`.
 *
 * Utterances are where a `vad` in the same pipeline says; without one,
 * pocketsphinx itself tells speech from silence. docs/pocketsphinx.md has more.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc \
 *   location=/usr/share/pocketsphinx/test/data/goforward.raw ! \
 *   audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000 ! \
 *   pocketsphinxstt \
 *   grammar=/usr/share/pocketsphinx/test/data/goforward.gram ! fakesink
 * ]|
 */
/*
 * Threads: as GstVoiceStage; the decoder is taken and given back in state
 * changes and works in the stage's task. Locks: the object lock for the
 * properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstpocketsphinxstt.h"
#include "resampler.h"
#include "sphinx-decoder.h"

#include <gst-voice/binding.h>
#include <gst-voice/error.h>
#include <math.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (pocketsphinxstt_debug);
#define GST_CAT_DEFAULT pocketsphinxstt_debug

#define HMM POCKETSPHINX_MODELS "/en-us/en-us"
#define DICT POCKETSPHINX_MODELS "/en-us/cmudict-en-us.dict"
#define LM POCKETSPHINX_MODELS "/en-us/en-us.lm.bin"
#define LANGUAGE "en-US"

#define FRAME (10 * GST_MSECOND)
#define FRAMES(time) ((guint) ((time) / FRAME))
/* Sound before the onset belongs to the utterance: the decoder has to know
 * what silence sounds like. */
#define BEFORE (200 * GST_MSECOND)
/* The decoder's own ear needs 100 ms to be sure. */
#define OWN_DELAY (100 * GST_MSECOND)
/* What is kept for it. `vad` says of an onset 100 ms later or a little more. */
#define KEPT FRAMES (1000 * GST_MSECOND)
#define INTERIM FRAMES (300 * GST_MSECOND)
/* Nobody speaks for so long: what was said until then must not be lost. */
#define LONGEST FRAMES (30 * GST_SECOND)
/* Sound that does not begin where the last ended is another piece. */
#define JUMP (40 * GST_MSECOND)

#define DEFAULT_PAUSE 400
#define DEFAULT_GARBAGE 1e-5

struct _GstVoicePocketsphinxStt
{
  GstVoiceStt parent;

  /* object lock */
  gchar *grammar, *keyphrases, *lm, *dict, *hmm;
  guint segment_pause;
  gdouble garbage;

  /* state changes */
  SphinxDecoder *decoder;       /* in READY and above */
  gboolean is_default_model;

  /* task only */
  guint rate;                   /* of the input */
  guint held;                   /* how much of a narrow sample is still due */
  Resampler *resampler;         /* of a wide one */
  GArray *kept;                 /* of gint16: what came last */
  guint frames;                 /* of it that are complete */
  GstClockTime next;            /* running time behind them */
  gboolean by_vad;
  gboolean open;                /* an utterance is */
  guint segment;
  GstClockTime start;           /* of the utterance */
  guint said, told;             /* its frames, and when the interim was */
  gboolean believed;            /* the last interim had words */
  GstClockTime sound_end;       /* where the sound has paused, or none */
  GstClockTime spoken;          /* up to here it belongs to an utterance */
  GstClockTime pause;
};

enum
{
  PROP_GRAMMAR = 1,
  PROP_KEYPHRASES,
  PROP_LM,
  PROP_DICT,
  PROP_HMM,
  PROP_PAUSE,
  PROP_GARBAGE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 16000, 8000, 12000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoicePocketsphinxStt,
    gst_voice_pocketsphinx_stt, GST_TYPE_VOICE_STT,
    GST_DEBUG_CATEGORY_INIT (pocketsphinxstt_debug, "pocketsphinxstt", 0,
        "pocketsphinx speech recognition"));
GST_ELEMENT_REGISTER_DEFINE (pocketsphinxstt, "pocketsphinxstt",
    GST_RANK_NONE, GST_TYPE_VOICE_POCKETSPHINX_STT);

static gchar *
join (const GArray * words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, "%s%s", i ? " " : "",
        g_array_index (words, SphinxWord, i).text);
  return g_string_free (text, FALSE);
}

static GstVoiceWords *
with_times (const GArray * words, GstClockTime start)
{
  GstVoiceWords *list = gst_voice_words_new (words->len);
  guint offset = 0;

  for (guint i = 0; i < words->len; i++) {
    const SphinxWord *word = &g_array_index (words, SphinxWord, i);

    list->word[i].text = g_strdup (word->text);
    list->word[i].offset = offset;
    list->word[i].length = g_utf8_strlen (word->text, -1);
    list->word[i].start = start + word->from * FRAME;
    list->word[i].end = start + word->to * FRAME;
    offset += list->word[i].length + 1;
  }
  return list;
}

static gdouble
mean_confidence (const GArray * words)
{
  gdouble sum = 0, frames = 0;

  for (guint i = 0; i < words->len; i++) {
    const SphinxWord *word = &g_array_index (words, SphinxWord, i);

    sum += word->confidence * (word->to - word->from);
    frames += word->to - word->from;
  }
  return frames > 0 ? sum / frames : -1;
}

/* What has been understood of the utterance. */
static void
tell (GstVoicePocketsphinxStt * self, gboolean final)
{
  GArray *words = sphinx_decoder_words (self->decoder);
  GstVoiceWords *list = with_times (words, self->start);
  gchar *text = join (words);
  GstVoiceTranscript transcript = {.text = text,.segment = self->segment,
    .start = GST_CLOCK_TIME_NONE,.end = GST_CLOCK_TIME_NONE,
    .confidence = -1,.words = list,
    .language = self->is_default_model ? LANGUAGE : NULL
  };

  if (words->len > 0) {
    transcript.start = list->word[0].start;
    transcript.end = list->word[list->n - 1].end;
    if (final)
      transcript.confidence = mean_confidence (words);
  }
  if (final)
    gst_voice_stt_final (GST_VOICE_STT (self), &transcript);
  else if (words->len > 0 || self->believed)
    gst_voice_stt_interim (GST_VOICE_STT (self), &transcript);
  self->believed = !final && words->len > 0;
  self->told = self->said;
  gst_voice_words_unref (list);
  g_free (text);
  g_array_unref (words);
}

static void
end_utterance (GstVoicePocketsphinxStt * self)
{
  if (!self->open)
    return;
  self->open = FALSE;
  self->spoken = MIN (self->next, self->sound_end);
  self->sound_end = GST_CLOCK_TIME_NONE;
  sphinx_decoder_end (self->decoder);
  tell (self, TRUE);
}

static const gint16 *
frame_at (const GstVoicePocketsphinxStt * self, guint i)
{
  return (const gint16 *) self->kept->data + i * SPHINX_FRAME;
}

static void
feed (GstVoicePocketsphinxStt * self, guint first)
{
  guint n = self->frames - first;

  sphinx_decoder_feed (self->decoder, frame_at (self, first), n * SPHINX_FRAME);
  self->said += n;
}

/* What was kept since @from is its beginning. */
static void
begin_utterance (GstVoicePocketsphinxStt * self, GstClockTime from)
{
  GstClockTime oldest = self->next - self->frames * FRAME;
  guint first;

  if (self->open)
    return;
  if (!sphinx_decoder_begin (self->decoder)) {
    gst_voice_stage_fail (GST_VOICE_STAGE (self),
        g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_INTERNAL,
            "pocketsphinx cannot go on"));
    return;
  }
  from = MAX (from, self->spoken);
  first = from > oldest ? MIN (FRAMES (from - oldest), self->frames) : 0;
  self->open = TRUE;
  self->segment++;
  self->start = oldest + first * FRAME;
  self->said = self->told = 0;
  self->believed = FALSE;
  self->sound_end = GST_CLOCK_TIME_NONE;
  feed (self, first);
}

static gboolean
has_paused (const GstVoicePocketsphinxStt * self)
{
  return GST_CLOCK_TIME_IS_VALID (self->sound_end)
      && self->next >= self->sound_end + self->pause;
}

static GstClockTime
before (GstClockTime time, GstClockTime by)
{
  return time > by ? time - by : 0;
}

/* Where nobody else says when somebody speaks. */
static void
hear (GstVoicePocketsphinxStt * self)
{
  gboolean speaks = sphinx_decoder_hears (self->decoder,
      frame_at (self, self->frames - 1), SPHINX_FRAME);

  if (speaks && !self->open)
    begin_utterance (self, before (self->next, OWN_DELAY + BEFORE));
  else if (!speaks && self->open)
    end_utterance (self);
}

/* Each frame is dealt with by itself, so that nothing depends on the size of
 * buffers. */
static void
take_frame (GstVoicePocketsphinxStt * self)
{
  gboolean was_open = self->open;

  self->frames++;
  self->next += FRAME;
  if (!self->by_vad)
    hear (self);
  if (self->open && was_open)
    feed (self, self->frames - 1);
  if (self->open && (has_paused (self) || self->said >= LONGEST))
    end_utterance (self);
  if (self->open && self->said >= self->told + INTERIM)
    tell (self, FALSE);
  if (self->frames >= 2 * KEPT) {
    g_array_remove_range (self->kept, 0, KEPT * SPHINX_FRAME);
    self->frames -= KEPT;
  }
}

static void
take_sample (GstVoicePocketsphinxStt * self, gint16 sample)
{
  g_array_append_val (self->kept, sample);
  if (self->kept->len >= (self->frames + 1) * SPHINX_FRAME)
    take_frame (self);
}

static void
forget (GstVoicePocketsphinxStt * self)
{
  g_array_set_size (self->kept, 0);
  self->frames = self->held = 0;
  if (self->resampler)
    resampler_reset (self->resampler);
}

/* @next is known to a frame; what is behind it in `kept` is less than one. */
static void
keep_time (GstVoicePocketsphinxStt * self, GstClockTime start)
{
  guint rest = self->kept->len - self->frames * SPHINX_FRAME;
  GstClockTime expected = self->next + rest * GST_SECOND / SPHINX_RATE;

  if (!GST_CLOCK_TIME_IS_VALID (start)
      || ABS (GST_CLOCK_DIFF (expected, start)) <= JUMP)
    return;
  if (GST_CLOCK_TIME_IS_VALID (self->next) && self->next > 0)
    GST_DEBUG_OBJECT (self, "sound jumps from %" GST_TIME_FORMAT " to %"
        GST_TIME_FORMAT, GST_TIME_ARGS (expected), GST_TIME_ARGS (start));
  end_utterance (self);
  forget (self);
  self->next = self->spoken = start;
}

/* Narrow sound has nothing where the model looks for half of what it knows, and
 * is hardly understood. Samples that are held leave mirror images there, which
 * are near enough: 50 of 55 sentences instead of 28, and 51 at 16 kHz. */
static void
take_narrow_sample (GstVoicePocketsphinxStt * self, gint16 sample)
{
  for (self->held += SPHINX_RATE; self->held >= self->rate;
      self->held -= self->rate)
    take_sample (self, sample);
}

static void
take_wide_sample (GstVoicePocketsphinxStt * self, gint16 sample)
{
  gfloat out[RESAMPLER_OUT_MAX];
  gsize n = resampler_push (self->resampler, sample, out);

  for (gsize i = 0; i < n; i++)
    take_sample (self, CLAMP (lrintf (out[i]), G_MININT16, G_MAXINT16));
}

static void
audio (GstVoiceStt * stt, const gint16 * samples, gsize n, GstClockTime start)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (stt);

  keep_time (self, start);
  for (gsize i = 0; i < n; i++) {
    if (self->resampler)
      take_wide_sample (self, samples[i]);
    else
      take_narrow_sample (self, samples[i]);
  }
}

static gboolean
set_rate (GstVoiceStt * stt, guint rate)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (stt);

  end_utterance (self);
  g_clear_pointer (&self->resampler, resampler_free);
  forget (self);
  self->rate = rate;
  if (rate > SPHINX_RATE)
    self->resampler = resampler_new (rate, SPHINX_RATE);
  return TRUE;
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (stt);

  self->by_vad = TRUE;
  switch (what) {
    case GST_VOICE_STT_START:
    case GST_VOICE_STT_MORE:
      self->sound_end = GST_CLOCK_TIME_NONE;
      begin_utterance (self, before (time, BEFORE));
      break;
    case GST_VOICE_STT_PAUSE:
      self->sound_end = time;
      if (self->open)
        tell (self, FALSE);
      break;
    case GST_VOICE_STT_STOP:
      end_utterance (self);
      break;
  }
}

static gboolean
finish (GstVoiceStt * stt)
{
  end_utterance (GST_VOICE_POCKETSPHINX_STT (stt));
  return TRUE;
}

/* Nobody can be asked who cuts the sound; but who has a vad has it for this. */
static gboolean
has_vad (GstElement * element)
{
  GstObject *top = gst_object_ref (element), *parent;
  GstElementFactory *factory;
  GValue found = G_VALUE_INIT;
  gboolean has = FALSE;
  GstIterator *i;

  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  factory = gst_element_factory_find ("vad");
  if (factory && GST_IS_BIN (top)) {
    i = gst_bin_iterate_all_by_element_factory_name (GST_BIN (top), "vad");
    has = gst_iterator_next (i, &found) == GST_ITERATOR_OK;
    if (has)
      g_value_unset (&found);
    gst_iterator_free (i);
  }
  gst_clear_object (&factory);
  gst_object_unref (top);
  return has;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (stage);

  g_clear_pointer (&self->resampler, resampler_free);
  forget (self);
  self->next = self->spoken = 0;
  self->segment = 0;
  self->open = FALSE;
  self->sound_end = GST_CLOCK_TIME_NONE;
  self->by_vad = has_vad (GST_ELEMENT (self));
  GST_OBJECT_LOCK (self);
  self->pause = self->segment_pause * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  return GST_VOICE_STAGE_CLASS (gst_voice_pocketsphinx_stt_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (stage);

  self->open = FALSE;
  sphinx_decoder_end (self->decoder);
}

/* A grammar lies beside the description that names it. */
static gchar *
find_file (GstVoicePocketsphinxStt * self, const gchar * location)
{
  GstVoicePersona *persona = gst_voice_session_get_persona
      (gst_voice_stage_session (GST_VOICE_STAGE (self)));
  gchar *folder, *path = NULL;

  if (persona && location && !g_path_is_absolute (location)) {
    folder = g_path_get_dirname (gst_voice_persona_get_pipeline (persona));
    path = g_build_filename (folder, location, NULL);
    g_free (folder);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      g_clear_pointer (&path, g_free);
  }
  g_clear_pointer (&persona, gst_voice_persona_unref);
  return path ? path : g_strdup (location);
}

static gboolean
load (GstVoicePocketsphinxStt * self, GError ** error)
{
  gchar *grammar, *keyphrases, *lm, *dict, *hmm, *paths[4];
  SphinxSetup setup = { 0 };

  g_object_get (self, "grammar", &grammar, "keyphrases", &keyphrases, "lm",
      &lm, "dict", &dict, "hmm", &hmm, "garbage", &setup.garbage, NULL);
  if (!!grammar + !!keyphrases + !!lm > 1) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "more than one of grammar, keyphrases and lm is set");
  } else {
    if (!grammar && !keyphrases && !lm)
      lm = g_strdup (LM);
    setup.grammar = paths[0] = find_file (self, grammar);
    setup.lm = paths[1] = find_file (self, lm);
    setup.dict = paths[2] = find_file (self, dict ? dict : DICT);
    setup.hmm = paths[3] = find_file (self, hmm ? hmm : HMM);
    setup.keyphrases = keyphrases;
    self->is_default_model = strcmp (setup.hmm, HMM) == 0;
    self->decoder = sphinx_decoder_new (&setup, error);
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
      g_free (paths[i]);
  }
  g_free (grammar);
  g_free (keyphrases);
  g_free (lm);
  g_free (dict);
  g_free (hmm);
  return self->decoder != NULL;
}

/* The model is there before the call, and in all calls that are forked. */
static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (element);
  GstElementClass *parent = GST_ELEMENT_CLASS
      (gst_voice_pocketsphinx_stt_parent_class);
  GstStateChangeReturn ret = parent->change_state (element, transition);
  GError *error = NULL;

  if (ret == GST_STATE_CHANGE_FAILURE)
    return ret;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !load (self, &error)) {
    gst_voice_error_post (element, error, "pocketsphinxstt", 0, NULL, TRUE);
    g_error_free (error);
    parent->change_state (element, GST_STATE_CHANGE_READY_TO_NULL);
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    g_clear_pointer (&self->decoder, sphinx_decoder_free);
  return ret;
}

static gchar **
text_field (GstVoicePocketsphinxStt * self, guint id)
{
  switch (id) {
    case PROP_GRAMMAR:
      return &self->grammar;
    case PROP_KEYPHRASES:
      return &self->keyphrases;
    case PROP_LM:
      return &self->lm;
    case PROP_DICT:
      return &self->dict;
    case PROP_HMM:
      return &self->hmm;
    default:
      return NULL;
  }
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (object);
  gchar **text = text_field (self, id);

  GST_OBJECT_LOCK (self);
  if (text) {
    g_free (*text);
    *text = g_value_dup_string (value);
  } else if (id == PROP_PAUSE) {
    self->segment_pause = g_value_get_uint (value);
  } else if (id == PROP_GARBAGE) {
    self->garbage = g_value_get_double (value);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (object);
  gchar **text = text_field (self, id);

  GST_OBJECT_LOCK (self);
  if (text)
    g_value_set_string (value, *text);
  else if (id == PROP_PAUSE)
    g_value_set_uint (value, self->segment_pause);
  else if (id == PROP_GARBAGE)
    g_value_set_double (value, self->garbage);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoicePocketsphinxStt *self = GST_VOICE_POCKETSPHINX_STT (object);

  g_clear_pointer (&self->decoder, sphinx_decoder_free);
  g_clear_pointer (&self->resampler, resampler_free);
  g_array_unref (self->kept);
  for (guint id = PROP_GRAMMAR; id <= PROP_HMM; id++)
    g_free (*text_field (self, id));
  G_OBJECT_CLASS (gst_voice_pocketsphinx_stt_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoicePocketsphinxStt:grammar:
   *
   * The file of a JSGF grammar: every sentence of its public rules can be
   * understood, and nothing else. A relative path is looked for beside the
   * persona's description, then in the working folder.
   */
  props[PROP_GRAMMAR] = g_param_spec_string ("grammar", "Grammar",
      "File of a JSGF grammar", NULL, flags);
  /**
   * GstVoicePocketsphinxStt:keyphrases:
   *
   * Phrases to listen for, separated by `;`. Each may be followed by a
   * threshold in slashes, such as `go forward /1e-20/`: the smaller it is, the
   * more is taken for the phrase.
   */
  props[PROP_KEYPHRASES] = g_param_spec_string ("keyphrases", "Keyphrases",
      "Phrases to listen for: 'stop; go forward /1e-20/'", NULL, flags);
  /**
   * GstVoicePocketsphinxStt:lm:
   *
   * The file of a statistical language model, for free speech. Without it, a
   * grammar and keyphrases, it is that of the package pocketsphinx-en-us.
   */
  props[PROP_LM] = g_param_spec_string ("lm", "Language model",
      "File of a statistical language model", NULL, flags);
  /**
   * GstVoicePocketsphinxStt:dict:
   *
   * The file that says how words are spoken.
   */
  props[PROP_DICT] = g_param_spec_string ("dict", "Dictionary",
      "File of pronunciations", DICT, flags);
  /**
   * GstVoicePocketsphinxStt:hmm:
   *
   * The folder of the acoustic model; it must be one for 16 kHz.
   */
  props[PROP_HMM] = g_param_spec_string ("hmm", "Acoustic model",
      "Folder of the acoustic model", HMM, flags);
  /**
   * GstVoicePocketsphinxStt:segment-pause:
   *
   * Where there is a `vad`: after how long a pause of the sound an utterance is
   * over, and its words are final. The end of the sound ends it in any case.
   */
  props[PROP_PAUSE] = g_param_spec_uint ("segment-pause", "Segment pause",
      "After how long a pause words are final, in ms", 0, 5000, DEFAULT_PAUSE,
      flags);
  /**
   * GstVoicePocketsphinxStt:garbage:
   *
   * With a grammar: how probable each phone of speech outside it is. The
   * higher, the more is taken for such and gives no text; with 0 everything is
   * taken for the nearest sentence of the grammar.
   */
  props[PROP_GARBAGE] = g_param_spec_double ("garbage", "Garbage",
      "Probability of each phone of speech outside the grammar (0 = never)",
      0, 1, DEFAULT_GARBAGE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_voice_pocketsphinx_stt_class_init (GstVoicePocketsphinxSttClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  stt_class->set_rate = GST_DEBUG_FUNCPTR (set_rate);
  stt_class->audio = GST_DEBUG_FUNCPTR (audio);
  stt_class->speech = GST_DEBUG_FUNCPTR (speech);
  stt_class->finish = GST_DEBUG_FUNCPTR (finish);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "pocketsphinx",
      "Audio/Text/Filter", "Recognises speech with pocketsphinx", "gst-voice");
}

static void
gst_voice_pocketsphinx_stt_init (GstVoicePocketsphinxStt * self)
{
  self->kept = g_array_new (FALSE, FALSE, sizeof (gint16));
  self->hmm = g_strdup (HMM);
  self->dict = g_strdup (DICT);
  self->segment_pause = DEFAULT_PAUSE;
  self->garbage = DEFAULT_GARBAGE;
}

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (pocketsphinxstt, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicepocketsphinx,
    "Speech recognition by pocketsphinx", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
