/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-speakable
 * @title: speakable
 *
 * Makes sentences for the ear from the tokens of a language model: no markdown,
 * no emoji, numbers, money, dates, times and addresses in words. The first
 * clause goes on early, so that synthesis can begin while the model still
 * writes. Each sentence says which written words it stands for, so that later
 * it is known which of them were heard.
 *
 * A language is a data file, `language/<language>/speakable.json`; without one
 * only markdown and emoji are removed.
 *
 * ## Example launch line
 * |[
 * echo "It costs **\$3.50** at 14:30." | gst-launch-1.0 fdsrc ! \
 *   text/x-raw,format=utf8 ! speakable ! fakesink dump=true
 * ]|
 */
/*
 * Threads: the core belongs to the streaming thread of the sink pad;
 * interruptions come in any thread and only set the filter.
 * Locks: `lock` guards the filter and is a leaf; the object lock guards the
 * settings; `cache_lock` (one in the process) the languages that were loaded.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstspeakable.h"
#include "speakable-core.h"

#include <gst-voice/binding.h>
#include <gst-voice/events.h>
#include <gst-voice/filter.h>
#include <gst-voice/meta.h>
#include <gst-voice/preload.h>
#include <gst-voice/session.h>

GST_DEBUG_CATEGORY_STATIC (speakable_debug);
#define GST_CAT_DEFAULT speakable_debug

#define DEFAULT_LANGUAGE "en"
#define DEFAULT_MAX_CHARS 200
#define DEFAULT_CLAUSE_WORDS 3

struct _GstVoiceSpeakable
{
  GstElement parent;

  /* set once in init */
  GstPad *sinkpad, *srcpad;

  /* object lock */
  gchar *language, *lexicon;
  guint max_chars, clause_words;

  /* lock */
  GMutex lock;
  GstVoiceFilter filter;

  /* streaming thread, and state changes */
  Speakable *core;
  GstVoiceMark current;         /* of the last `voice/speech` */
  GstVoiceMeta like;            /* what the sentences of this speech are like */
  GString *mute;                /* written text that makes no sound */
};

enum
{
  PROP_LANGUAGE = 1,
  PROP_LEXICON,
  PROP_MAX_CHARS,
  PROP_CLAUSE_WORDS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceBinding bindings[] = {
  {"language", "language"},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceSpeakable, gst_voice_speakable,
    GST_TYPE_ELEMENT, GST_DEBUG_CATEGORY_INIT (speakable_debug, "speakable", 0,
        "text for the ear"));
GST_ELEMENT_REGISTER_DEFINE (speakable, "speakable", GST_RANK_NONE,
    GST_TYPE_VOICE_SPEAKABLE);

static GMutex cache_lock;
static GHashTable *cache;       /* cache_lock: tag → Language */

/* Languages stay for the life of the process: they are read-only, and a call
 * that is forked off shares them. */
static Language *
find_language (const gchar * tag, GError ** error)
{
  Language *language;

  g_mutex_lock (&cache_lock);
  if (!cache)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) language_unref);
  language = g_hash_table_lookup (cache, tag);
  if (!language && (language = language_load (tag, error)))
    g_hash_table_insert (cache, g_strdup (tag), language);
  if (language)
    language_ref (language);
  g_mutex_unlock (&cache_lock);
  return language;
}

/* The call says if there is none. */
static void
preload (GstVoicePersona * persona)
{
  const gchar *tag = gst_voice_persona_get_string (persona, "language");

  language_unref (find_language (tag ? tag : DEFAULT_LANGUAGE, NULL));
}

static Language *
load_language (GstVoiceSpeakable * self, const gchar * tag)
{
  GError *error = NULL;
  Language *language = find_language (tag, &error);

  if (!language) {
    GST_WARNING_OBJECT (self, "numbers stay as they are: %s", error->message);
    g_error_free (error);
  }
  return language;
}

static GHashTable *
parse_lexicon (const gchar * text)
{
  GHashTable *words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  gchar **pairs = g_strsplit (text, "|", -1);

  for (guint i = 0; pairs[i]; i++) {
    gchar *spoken = strchr (pairs[i], '=');

    if (!spoken)
      continue;
    *spoken++ = '\0';
    g_hash_table_insert (words, g_strdup (g_strstrip (pairs[i])),
        g_strdup (g_strstrip (spoken)));
  }
  g_strfreev (pairs);
  return words;
}

/* The element's own lexicon, or the persona's. */
static GHashTable *
get_lexicon (GstVoiceSession * session, const gchar * own)
{
  GstVoicePersona *persona;
  GHashTable *words;
  JsonObjectIter iter;
  const gchar *word;
  JsonNode *spoken;

  if (own)
    return parse_lexicon (own);
  persona = gst_voice_session_get_persona (session);
  words = parse_lexicon ("");
  if (persona && gst_voice_persona_get_node (persona, "lexicon")) {
    json_object_iter_init (&iter, json_node_get_object
        (gst_voice_persona_get_node (persona, "lexicon")));
    while (json_object_iter_next (&iter, &word, &spoken))
      g_hash_table_insert (words, g_strdup (word),
          g_strdup (json_node_get_string (spoken)));
  }
  g_clear_pointer (&persona, gst_voice_persona_unref);
  return words;
}

static gboolean
set_lexicon (GstVoiceSpeakable * self, GstVoiceSession * session,
    const gchar * own)
{
  GHashTable *words = get_lexicon (session, own);
  GError *error = NULL;

  if (!speakable_set_lexicon (self->core, words, &error)) {
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("the lexicon cannot be used: "
            "%s", error->message), (NULL));
    g_error_free (error);
    g_clear_pointer (&self->core, speakable_free);
  }
  g_hash_table_unref (words);
  return self->core != NULL;
}

static gboolean
start (GstVoiceSpeakable * self)
{
  GstVoiceSession *session = gst_voice_session_obtain (GST_ELEMENT (self));
  guint max_chars, clause_words;
  gchar *tag, *lexicon;
  Language *language;
  gboolean ok;

  gst_voice_bindings_apply (GST_ELEMENT (self), session, bindings,
      G_N_ELEMENTS (bindings));
  GST_OBJECT_LOCK (self);
  tag = g_strdup (self->language ? self->language : DEFAULT_LANGUAGE);
  lexicon = g_strdup (self->lexicon);
  max_chars = self->max_chars;
  clause_words = self->clause_words;
  GST_OBJECT_UNLOCK (self);

  language = load_language (self, tag);
  self->core = speakable_new (language);
  if (language)
    language_unref (language);
  speakable_set_max_chars (self->core, max_chars);
  speakable_set_clause_words (self->core, clause_words);
  ok = set_lexicon (self, session, lexicon);
  g_mutex_lock (&self->lock);
  gst_voice_filter_init (&self->filter, gst_voice_session_generation (session));
  g_mutex_unlock (&self->lock);
  memset (&self->current, 0, sizeof self->current);
  self->current.generation = self->filter.below;
  memset (&self->like, 0, sizeof self->like);
  g_string_truncate (self->mute, 0);
  g_free (tag);
  g_free (lexicon);
  g_object_unref (session);
  return ok;
}

static void
stop (GstVoiceSpeakable * self)
{
  g_clear_pointer (&self->core, speakable_free);
}

static gboolean
passes (GstVoiceSpeakable * self, const GstVoiceMark * mark)
{
  gboolean yes;

  g_mutex_lock (&self->lock);
  yes = gst_voice_filter_passes (&self->filter, mark);
  g_mutex_unlock (&self->lock);
  return yes;
}

static GstVoiceWords *
words_of (const SpeakableChunk * chunk)
{
  GstVoiceWords *words = gst_voice_words_new (chunk->n_words);
  gchar **texts = g_strsplit_set (chunk->text, " \t\n", -1);
  guint n = 0;

  for (guint i = 0; texts[i] && n < chunk->n_words; i++) {
    if (!*texts[i])
      continue;
    words->word[n].text = g_strdup (texts[i]);
    words->word[n].offset = chunk->words[n].offset;
    words->word[n].length = chunk->words[n].length;
    words->word[n].start = words->word[n].end = GST_CLOCK_TIME_NONE;
    n++;
  }
  g_strfreev (texts);
  return words;
}

/* Written text that makes no sound belongs to the next sentence. */
static GstFlowReturn
push_chunk (GstVoiceSpeakable * self, const SpeakableChunk * chunk,
    GstBuffer * like)
{
  GstVoiceToken *token = like ? gst_voice_token_of_buffer (like) : NULL;
  GstBuffer *buffer;
  GstVoiceMeta *meta;

  g_string_append (self->mute, chunk->source);
  if (!*chunk->text) {
    gst_voice_token_unref (token);
    return GST_FLOW_OK;
  }
  buffer = gst_voice_text_buffer_new (chunk->text);
  gst_voice_token_ride (token, buffer);
  gst_voice_token_unref (token);
  if (like) {
    GST_BUFFER_PTS (buffer) = GST_BUFFER_PTS (like);
    GST_BUFFER_DURATION (buffer) = 0;
  }
  meta = gst_voice_meta_copy (&self->like, buffer);
  meta->written = g_string_free (self->mute, FALSE);
  self->mute = g_string_new (NULL);
  meta->length = g_utf8_strlen (meta->written, -1);
  meta->offset = chunk->offset + chunk->length - meta->length;
  meta->words = words_of (chunk);
  return gst_pad_push (self->srcpad, buffer);
}

static GstFlowReturn
push_chunks (GstVoiceSpeakable * self, GstBuffer * like)
{
  GstFlowReturn flow = GST_FLOW_OK;
  SpeakableChunk chunk;

  while (speakable_pull (self->core, &chunk)) {
    if (flow == GST_FLOW_OK)
      flow = push_chunk (self, &chunk, like);
    speakable_chunk_clear (&chunk);
  }
  return flow;
}

/* The speech has no more text, or is not wanted any more. */
static void
finish (GstVoiceSpeakable * self)
{
  GstVoiceMark mark = {.generation = self->like.generation,
    .turn = self->like.turn,.flags = self->like.flags
  };

  if (passes (self, &mark)) {
    speakable_finish (self->core);
    push_chunks (self, NULL);
  }
  speakable_reset (self->core);
  g_string_truncate (self->mute, 0);
  memset (&self->like, 0, sizeof self->like);
}

/* To which speech what comes now belongs. */
static void
take_speech (GstVoiceSpeakable * self, GstBuffer * buffer,
    const GstVoiceMark * mark)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  guint speech = meta ? meta->speech : 0;

  if (speech != self->like.speech)
    finish (self);
  self->like.speech = speech;
  self->like.generation = mark->generation;
  self->like.turn = mark->turn;
  self->like.flags = mark->flags;
  self->like.start = self->like.end = GST_CLOCK_TIME_NONE;
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (parent);
  GstFlowReturn flow = GST_FLOW_OK;
  GstVoiceMark mark;
  GstMapInfo map;

  gst_voice_mark_buffer (&mark, buffer, &self->current);
  if (passes (self, &mark) && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    take_speech (self, buffer, &mark);
    speakable_push (self->core, (const gchar *) map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    flow = push_chunks (self, buffer);
  }
  gst_buffer_unref (buffer);
  return flow;
}

static gboolean
sink_event_ordered (GstVoiceSpeakable * self, GstEvent * event)
{
  GstVoiceMark mark;
  gboolean expires = gst_voice_mark_event (&mark, event, &self->current);

  if (gst_voice_event_is (event, "speech")
      || gst_voice_event_is (event, "speech-end")
      || GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    finish (self);
  if (expires && !passes (self, &mark)) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_push_event (self->srcpad, event);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (parent);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    speakable_reset (self->core);
    return gst_pad_push_event (self->srcpad, event);
  }
  if (GST_EVENT_IS_SERIALIZED (event))
    return sink_event_ordered (self, event);
  g_mutex_lock (&self->lock);
  gst_voice_filter_event (&self->filter, event);
  g_mutex_unlock (&self->lock);
  return gst_pad_push_event (self->srcpad, event);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  ret = GST_ELEMENT_CLASS (gst_voice_speakable_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    stop (self);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (object);

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LANGUAGE:
      g_free (self->language);
      self->language = g_value_dup_string (value);
      break;
    case PROP_LEXICON:
      g_free (self->lexicon);
      self->lexicon = g_value_dup_string (value);
      break;
    case PROP_MAX_CHARS:
      self->max_chars = g_value_get_uint (value);
      break;
    case PROP_CLAUSE_WORDS:
      self->clause_words = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LANGUAGE:
      g_value_set_string (value, self->language);
      break;
    case PROP_LEXICON:
      g_value_set_string (value, self->lexicon);
      break;
    case PROP_MAX_CHARS:
      g_value_set_uint (value, self->max_chars);
      break;
    case PROP_CLAUSE_WORDS:
      g_value_set_uint (value, self->clause_words);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceSpeakable *self = GST_VOICE_SPEAKABLE (object);

  stop (self);
  g_string_free (self->mute, TRUE);
  g_free (self->language);
  g_free (self->lexicon);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_speakable_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceSpeakable:language:
   *
   * The language of the text, BCP 47. The persona's, if it is not set.
   */
  props[PROP_LANGUAGE] = g_param_spec_string ("language", "Language",
      "The language of the text (BCP 47)", NULL, flags);
  /**
   * GstVoiceSpeakable:lexicon:
   *
   * How words are spoken: `written=spoken` pairs separated by `|`. The
   * persona's, if it is not set.
   */
  props[PROP_LEXICON] = g_param_spec_string ("lexicon", "Lexicon",
      "How words are spoken: written=spoken pairs separated by |", NULL, flags);
  /**
   * GstVoiceSpeakable:max-chars:
   *
   * A sentence longer than that is cut at a good place.
   */
  props[PROP_MAX_CHARS] = g_param_spec_uint ("max-chars",
      "Maximum of characters", "A sentence longer than that is cut", 20, 10000,
      DEFAULT_MAX_CHARS, flags);
  /**
   * GstVoiceSpeakable:clause-words:
   *
   * So many words make a first clause that goes on before its sentence is
   * complete; 0 waits for the sentence.
   */
  props[PROP_CLAUSE_WORDS] = g_param_spec_uint ("clause-words",
      "Words of a clause", "So many words make a first clause that goes on "
      "early (0 = wait for the sentence)", 0, 100, DEFAULT_CLAUSE_WORDS, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_speakable_class_init (GstVoiceSpeakableClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Speakable",
      "Text/Filter", "Makes sentences for the ear", "gst-voice");
  gst_voice_preload_add (preload);
}

static void
gst_voice_speakable_init (GstVoiceSpeakable * self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, GST_DEBUG_FUNCPTR (sink_chain));
  gst_pad_set_event_function (self->sinkpad, GST_DEBUG_FUNCPTR (sink_event));
  GST_PAD_SET_PROXY_CAPS (self->sinkpad);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  g_mutex_init (&self->lock);
  self->mute = g_string_new (NULL);
  self->max_chars = DEFAULT_MAX_CHARS;
  self->clause_words = DEFAULT_CLAUSE_WORDS;
}
