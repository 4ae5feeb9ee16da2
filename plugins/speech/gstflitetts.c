/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-flitetts
 * @title: flitetts
 *
 * Speaks English sentences with flite, without a network. The first sound of a
 * sentence comes while the rest is still being made, without flite's silence
 * before it, and says when each of its words is spoken.
 *
 * Text is taken as it is: accents are dropped, and what has no likeness in
 * ASCII is not spoken. Numbers and abbreviations are read by flite's own rules.
 *
 * A sentence of more than 64 words is spoken in parts; the times of the words
 * behind the first part are estimates.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/debian_version ! \
 *   text/x-raw,format=utf8 ! flitetts voice=slt ! wavenc ! \
 *   filesink location=/dev/null
 * ]|
 */
/*
 * Threads: as GstVoiceStage; synthesis runs in the stage's task and pushes from
 * flite's callback. Locks: the object lock for the properties; `adding` around
 * flite's global list of voices. Synthesis itself shares nothing that it writes
 * but the C library's rand(), so it needs no lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstflitetts.h"
#include "flite-text.h"

#include <flite/flite.h>
#include <gst-voice/binding.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (flitetts_debug);
#define GST_CAT_DEFAULT flitetts_debug

/* A part of a sentence: from the first number on it ends at punctuation, at
 * the second in any case. The first sound comes when all of a part has been
 * planned, which takes about 4 ms for each second of it. */
#define PART_GOOD 32
#define PART_MAX 64
/* A word begins a little before flite says so. */
#define MARGIN (20 * GST_MSECOND)
#define CHUNK (50 * GST_MSECOND)

#define DEFAULT_VOICE "slt"
#define DEFAULT_SPEED 1.0
#define DEFAULT_PITCH 1.0
#define DEFAULT_PAUSE 150

struct _GstVoiceFliteTts
{
  GstVoiceTts parent;

  /* object lock */
  gchar *voice;
  gdouble speed, pitch;
  guint pause;
};

/* One part on its way through flite. */
typedef struct
{
  GstVoiceTts *tts;
  GArray *tokens;               /* of FliteToken: the whole sentence */
  guint from, to;               /* the part's tokens */
  cst_item **items;             /* flite's of all tokens, or NULL */
  GstClockTime pause;           /* silence behind it */
  GstVoiceWords *words;         /* that go with the next buffer */
  gboolean first, begun, wanted;
  gint rate;
  guint64 next, end;            /* the samples that are still to be pushed */
} Part;

enum
{
  PROP_VOICE = 1,
  PROP_SPEED,
  PROP_PITCH,
  PROP_SENTENCE_PAUSE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceBinding bindings[] = {
  {"voice", "voice"},
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 8000, 16000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceFliteTts, gst_voice_flite_tts,
    GST_TYPE_VOICE_TTS, GST_DEBUG_CATEGORY_INIT (flitetts_debug, "flitetts", 0,
        "flite speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (flitetts, "flitetts", GST_RANK_NONE,
    GST_TYPE_VOICE_FLITE_TTS);

/* Debian's headers do not declare them. */
cst_voice *register_cmu_us_awb (const char *voxdir);
cst_voice *register_cmu_us_kal (const char *voxdir);
cst_voice *register_cmu_us_kal16 (const char *voxdir);
cst_voice *register_cmu_us_rms (const char *voxdir);
cst_voice *register_cmu_us_slt (const char *voxdir);

static const struct
{
  const gchar *name;
  cst_voice *(*add) (const char *voxdir);
} voices[] = {
  {"awb", register_cmu_us_awb},
  {"kal", register_cmu_us_kal},
  {"kal16", register_cmu_us_kal16},
  {"rms", register_cmu_us_rms},
  {"slt", register_cmu_us_slt},
};

static cst_voice *
find_voice (const gchar * name, GError ** error)
{
  static GMutex adding;
  static gboolean ready;
  cst_voice *voice = NULL;

  if (g_str_has_prefix (name, "cmu_us_"))
    name += strlen ("cmu_us_");
  g_mutex_lock (&adding);
  if (!ready)
    flite_init ();
  ready = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (voices) && !voice; i++) {
    if (strcmp (voices[i].name, name) == 0)
      voice = voices[i].add (NULL);
  }
  g_mutex_unlock (&adding);
  if (!voice)
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "flite has no voice '%s' (there are awb, kal, kal16, rms, slt)", name);
  return voice;
}

static GstClockTime
seconds (const cst_item * word, const gchar * path)
{
  gdouble at = word ? flite_ffeature_float (word, path) : 0;

  return at > 0 ? (GstClockTime) (at * GST_SECOND) : 0;
}

/* When the words that flite has made of a token begin and end in the part. */
static gboolean
find_times (cst_item * token, GstClockTime * start, GstClockTime * end)
{
  cst_item *first = token ? item_daughter (token) : NULL;
  cst_item *last = first ? item_last_daughter (token) : NULL;

  *start =
      seconds (first, "R:SylStructure.daughter1.daughter1.R:Segment.p.end");
  *end = seconds (last, "R:SylStructure.daughtern.daughtern.R:Segment.end");
  return *end > *start;
}

/* From the first word to the last. */
static void
find_span (const Part * part, GstClockTime * start, GstClockTime * end)
{
  GstClockTime from, to;

  *start = GST_CLOCK_TIME_NONE;
  *end = 0;
  for (guint i = part->from; i < part->to; i++) {
    if (find_times (part->items[i], &from, &to)) {
      *start = MIN (*start, from);
      *end = MAX (*end, to);
    }
  }
  *start = GST_CLOCK_TIME_IS_VALID (*start) && *start > MARGIN ?
      *start - MARGIN : 0;
}

/* The times of all tokens since @skip. One without words takes no time; those
 * behind the part, which nobody knows yet, are spoken at its pace. */
static GstVoiceWords *
measure (const Part * part, GstClockTime skip)
{
  GstVoiceWords *words = gst_voice_words_new (part->tokens->len);
  GstClockTime at = 0, from, to;
  gsize letters = 0, length;

  for (guint i = 0; i < words->n; i++) {
    GstVoiceWord *word = &words->word[i];

    word->text = g_strdup (g_array_index (part->tokens, FliteToken, i).written);
    length = strlen (word->text) + 1;
    word->start = word->end = at;
    if (i >= part->to) {
      word->end = at + gst_util_uint64_scale (words->word[part->to - 1].end,
          length, letters);
    } else if (find_times (part->items[i], &from, &to)) {
      word->start = MAX (at, from - MIN (skip, from));
      word->end = MAX (word->start, to - skip);
    }
    letters += i < part->to ? length : 0;
    at = word->end;
  }
  return words;
}

static guint64
to_samples (GstClockTime time, gint rate)
{
  return gst_util_uint64_scale_int (time, rate, GST_SECOND);
}

static void
begin_part (Part * part, const cst_wave * wave)
{
  GstClockTime start, end;

  find_span (part, &start, &end);
  gst_voice_tts_set_rate (part->tts, wave->sample_rate);
  part->begun = TRUE;
  part->rate = wave->sample_rate;
  part->next = to_samples (start, part->rate);
  part->end = to_samples (end + MAX (part->pause, MARGIN), part->rate);
  if (part->first)
    part->words = measure (part, start);
}

static void
push (Part * part, gconstpointer samples, guint64 n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * sizeof (gint16), NULL);

  if (samples)
    gst_buffer_fill (buffer, 0, samples, n * sizeof (gint16));
  else
    gst_buffer_memset (buffer, 0, 0, n * sizeof (gint16));
  part->next += n;
  part->wanted = gst_voice_tts_audio (part->tts, buffer, part->words);
  g_clear_pointer (&part->words, gst_voice_words_unref);
}

/* flite's callback: @size samples from @start on are there. What lies before
 * the first word and behind the pause is left out; if flite's own silence is
 * shorter than the pause, the rest is made up. */
static int
take (const cst_wave * wave, int start, int size, int last,
    cst_audio_streaming_info * info)
{
  Part *part = info->userdata;
  guint64 until = MIN ((guint64) (start + size), G_MAXINT);

  if (!part->begun)
    begin_part (part, wave);
  until = MIN (until, part->end);
  if (part->wanted && part->next < until)
    push (part, wave->samples + part->next, until - part->next);
  while (last && part->wanted && part->next < part->end)
    push (part, NULL, MIN (part->end - part->next,
            to_samples (CHUNK, part->rate)));
  return part->wanted && part->next < part->end ? CST_AUDIO_STREAM_CONT :
      CST_AUDIO_STREAM_STOP;
}

/* flite's tokens of the part. Returns whether there is anything to say. */
static gboolean
fill_tokens (Part * part, cst_utterance * utterance)
{
  cst_relation *relation = utt_relation_create (utterance, "Token");
  gboolean any = FALSE;

  for (guint i = part->from; i < part->to; i++) {
    FliteToken *token = &g_array_index (part->tokens, FliteToken, i);
    gchar after[] = { token->after, 0 };
    cst_item *item;

    if (!token->name) {
      /* A dash between words is a comma after the first. */
      if (token->after && any)
        item_set_string (relation_tail (relation), "punc", after);
      continue;
    }
    item = part->items[i] = relation_append (relation, NULL);
    item_set_string (item, "name", token->name);
    item_set_string (item, "whitespace", " ");
    item_set_string (item, "prepunctuation", "");
    item_set_string (item, "punc", after);
    any = TRUE;
  }
  return any;
}

/* Where a part that begins with token @from ends. */
static guint
part_end (const GArray * tokens, guint from)
{
  guint to = from;

  while (to < tokens->len && to - from < PART_MAX) {
    if (g_array_index (tokens, FliteToken, to++).after
        && to - from >= PART_GOOD)
      break;
  }
  return to;
}

typedef struct
{
  cst_voice *voice;
  gdouble speed, pitch;
  GstClockTime pause;
} Manner;

static void
speak_part (Part * part, const Manner * manner)
{
  cst_utterance *utterance = new_utterance ();
  cst_audio_streaming_info *info = new_audio_streaming_info ();
  const cst_features *features = manner->voice->features;

  part->items = g_new0 (cst_item *, part->tokens->len);
  info->asc = take;
  info->userdata = part;
  info->min_buffsize = to_samples (CHUNK,
      flite_get_param_int (features, "sample_rate", 16000));
  utt_set_feat (utterance, "streaming_info", audio_streaming_info_val (info));
  utt_set_feat_float (utterance, "duration_stretch",
      flite_get_param_float (features, "duration_stretch",
          1.0) / manner->speed);
  utt_set_feat_float (utterance, "f0_shift", manner->pitch);
  if (fill_tokens (part, utterance))
    utterance = flite_do_synth (utterance, manner->voice, utt_synth_tokens);
  if (utterance)
    delete_utterance (utterance);
  g_clear_pointer (&part->items, g_free);
}

static gboolean
get_manner (GstVoiceFliteTts * self, Manner * manner, GError ** error)
{
  gchar *voice;

  GST_OBJECT_LOCK (self);
  voice = g_strdup (self->voice);
  manner->speed = self->speed;
  manner->pitch = self->pitch;
  manner->pause = self->pause * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  manner->voice = find_voice (voice, error);
  g_free (voice);
  return manner->voice != NULL;
}

static void
restore_voice (GstVoiceFliteTts * self, const gchar * voice)
{
  GST_OBJECT_LOCK (self);
  g_free (self->voice);
  self->voice = g_strdup (voice);
  GST_OBJECT_UNLOCK (self);
}

/* The persona's voice may be meant for another provider. */
static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  gchar *own, *voice;

  g_object_get (stage, "voice", &own, NULL);
  gst_voice_bindings_apply (GST_ELEMENT (stage),
      gst_voice_stage_session (stage), bindings, G_N_ELEMENTS (bindings));
  g_object_get (stage, "voice", &voice, NULL);
  if (!find_voice (voice, NULL)) {
    GST_INFO_OBJECT (stage, "has no voice %s, speaks as %s", voice, own);
    restore_voice (GST_VOICE_FLITE_TTS (stage), own);
  }
  g_free (voice);
  g_free (own);
  return GST_VOICE_STAGE_CLASS (gst_voice_flite_tts_parent_class)->start
      (stage, error);
}

static void
speak (GstVoiceTts * tts, const gchar * text)
{
  Manner manner;
  GError *error = NULL;
  Part part = {.tts = tts,.wanted = TRUE,.first = TRUE };

  if (!get_manner (GST_VOICE_FLITE_TTS (tts), &manner, &error)) {
    gst_voice_tts_fail (tts, error);
    return;
  }
  part.tokens = flite_text_split (text);
  part.pause = manner.pause;
  for (; part.to < part.tokens->len && part.wanted; part.from = part.to) {
    part.to = part_end (part.tokens, part.from);
    part.begun = FALSE;
    speak_part (&part, &manner);
    part.first = part.first && !part.begun;
  }
  GST_LOG_OBJECT (tts, "%s: %s", part.wanted ? "spoken" : "cut off", text);
  g_array_unref (part.tokens);
  gst_voice_tts_done (tts);
}

/* The voice is there before the call, and in all calls that are forked. */
static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GError *error = NULL;
  Manner manner;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY
      && !get_manner (GST_VOICE_FLITE_TTS (element), &manner, &error)) {
    gst_voice_error_post (element, error, "flitetts", 0, NULL, TRUE);
    g_error_free (error);
    return GST_STATE_CHANGE_FAILURE;
  }
  return GST_ELEMENT_CLASS (gst_voice_flite_tts_parent_class)->change_state
      (element, transition);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceFliteTts *self = GST_VOICE_FLITE_TTS (object);

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_VOICE:
      g_free (self->voice);
      self->voice = g_value_dup_string (value);
      if (!self->voice)
        self->voice = g_strdup (DEFAULT_VOICE);
      break;
    case PROP_SPEED:
      self->speed = g_value_get_double (value);
      break;
    case PROP_PITCH:
      self->pitch = g_value_get_double (value);
      break;
    case PROP_SENTENCE_PAUSE:
      self->pause = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceFliteTts *self = GST_VOICE_FLITE_TTS (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_VOICE:
      g_value_set_string (value, self->voice);
      break;
    case PROP_SPEED:
      g_value_set_double (value, self->speed);
      break;
    case PROP_PITCH:
      g_value_set_double (value, self->pitch);
      break;
    case PROP_SENTENCE_PAUSE:
      g_value_set_uint (value, self->pause);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  g_free (GST_VOICE_FLITE_TTS (object)->voice);
  G_OBJECT_CLASS (gst_voice_flite_tts_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstVoiceFliteTts:voice:
   *
   * awb, kal, kal16, rms or slt. awb, rms and slt sound best; kal has 8 kHz
   * and costs least. From the next sentence on.
   */
  props[PROP_VOICE] = g_param_spec_string ("voice", "Voice",
      "awb, kal (8 kHz), kal16, rms or slt; from the next sentence on",
      DEFAULT_VOICE, flags);
  /**
   * GstVoiceFliteTts:speed:
   *
   * How fast it speaks, 1.0 being the voice's own speed. From the next
   * sentence on.
   */
  props[PROP_SPEED] = g_param_spec_double ("speed", "Speed",
      "How fast it speaks; from the next sentence on", 0.25, 4.0,
      DEFAULT_SPEED, flags);
  /**
   * GstVoiceFliteTts:pitch:
   *
   * How high it speaks, 1.0 being the voice's own pitch. From the next
   * sentence on. flite knows no other pitch than its own for the voice rms.
   */
  props[PROP_PITCH] = g_param_spec_double ("pitch", "Pitch",
      "How high it speaks (not rms); from the next sentence on", 0.5, 2.0,
      DEFAULT_PITCH, flags);
  /**
   * GstVoiceFliteTts:sentence-pause:
   *
   * How long the silence behind a sentence is, in ms. In front of it there is
   * none.
   */
  props[PROP_SENTENCE_PAUSE] = g_param_spec_uint ("sentence-pause",
      "Sentence pause", "Silence behind a sentence in ms", 0, 5000,
      DEFAULT_PAUSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_voice_flite_tts_class_init (GstVoiceFliteTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  GST_VOICE_STAGE_CLASS (klass)->start = GST_DEBUG_FUNCPTR (start);
  GST_VOICE_TTS_CLASS (klass)->speak = GST_DEBUG_FUNCPTR (speak);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "flite",
      "Audio/Text/Filter", "Speaks English text with flite", "gst-voice");
}

static void
gst_voice_flite_tts_init (GstVoiceFliteTts * self)
{
  self->voice = g_strdup (DEFAULT_VOICE);
  self->speed = DEFAULT_SPEED;
  self->pitch = DEFAULT_PITCH;
  self->pause = DEFAULT_PAUSE;
}

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (flitetts, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voiceflite,
    "Speech synthesis by flite", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
