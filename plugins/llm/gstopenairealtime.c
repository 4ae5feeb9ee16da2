/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-openairealtime
 * @title: openairealtime
 *
 * Speech to speech with OpenAI's realtime sessions, or any service that speaks
 * their protocol at `url`: the caller's sound in, the agent's sound out, in the
 * place of a recogniser, `turn`, a language model and a synthesiser.
 *
 * - All that stands around those works around it: `vad` and `inactivity` before
 *   it, `toolcall`, `sessionlimit`, `playout` and `callrecorder` behind it; the
 *   welcome message, reminders and fillers, which the service speaks; the
 *   conversation, the journal and captions, in which the caller's words are as
 *   `transcription-model` writes them down, and the agent's as they were heard.
 * - With `turn-detection=server` (or `semantic`) the service decides when the
 *   caller has finished, and its ear stops the agent at once. With `own` a
 *   `vad` before this element and the rules of docs/turn-taking.md do: sound
 *   alone interrupts, since words come only after it. With either the answer
 *   begins before the words are written down, and is kept until a turn has come
 *   of them; so a noise is no turn, and a caller who goes on is answered once.
 * - A `turn` is within: `openairealtime turn::interrupt-after=700`. Set
 *   `turn-detection` first.
 * - What the caller did not hear the service forgets, too: its message is
 *   truncated where `playout` was, or deleted if nothing of it was played.
 * - There are no times of words. Which words were heard is estimated by the
 *   pace of what was said, and exact at the end of it.
 * - A connection that breaks, or a session that grows old (`renew-after`), is
 *   replaced by a new one, which is given the conversation as text and the
 *   sound that was not yet understood. After four in vain, or a refusal, the
 *   element fails.
 * - The key is named, never given: `api-key=env:NAME` or `api-key=file:PATH`;
 *   by default it is in `OPENAI_API_KEY`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc \
 *   location=/usr/share/pocketsphinx/test/data/goforward.raw ! \
 *   audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000 ! \
 *   clocksync ! openairealtime system-prompt="Answer in one sentence." ! \
 *   playout ! autoaudiosink
 * ]|
 */
/*
 * A bin of ears, `turn`, a mind and a mouth: the bases of a recogniser and of a
 * language model do what they do for any other service, and `turn` is the one
 * that everybody uses. Only the mind has a connection. The properties are the
 * mind's.
 *
 * Threads: any for properties. Locks: none of its own.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtime.h"

#include "realtime-ears.h"
#include "realtime-mouth.h"

struct _GstVoiceOpenaiRealtime
{
  GstBin parent;

  /* set once in init; `turn` is NULL if its plugin is not there */
  GstElement *ears, *turn, *mind, *mouth;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 16000, 8000, 12000, 48000 }"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, rate=(int)24000"));

G_DEFINE_FINAL_TYPE (GstVoiceOpenaiRealtime, gst_voice_openai_realtime,
    GST_TYPE_BIN);
GST_ELEMENT_REGISTER_DEFINE (openairealtime, "openairealtime", GST_RANK_NONE,
    GST_TYPE_VOICE_OPENAI_REALTIME);

/* Where the service finds the turns, its word counts: what it takes for speech
 * interrupts, and the end of it is the end of a turn. Of words there are only
 * those of what is over. */
static void
configure_turn (GstVoiceOpenaiRealtime * self)
{
  gboolean own = realtime_mind_turns (GST_VOICE_REALTIME_MIND (self->mind)) ==
      OPENAI_REALTIME_OWN_TURNS;
  gboolean interrupts;

  if (!self->turn)
    return;
  g_object_get (self->mind, "interrupt-response", &interrupts, NULL);
  gst_util_set_object_arg (G_OBJECT (self->turn), "mode", own ? "vad" : "stt");
  gst_util_set_object_arg (G_OBJECT (self->turn), "interrupt-on", "speech");
  gst_util_set_object_arg (G_OBJECT (self->turn), "interims", "false");
  gst_util_set_object_arg (G_OBJECT (self->turn), "stt-wait", own ? "2000" :
      "4000");
  gst_util_set_object_arg (G_OBJECT (self->turn), "hold-after",
      own || !interrupts ? "250" : "0");
  gst_util_set_object_arg (G_OBJECT (self->turn), "interrupt-after",
      own || !interrupts ? "500" : "0");
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceOpenaiRealtime *self = GST_VOICE_OPENAI_REALTIME (object);

  g_object_set_property (G_OBJECT (self->mind), pspec->name, value);
  if (g_str_equal (pspec->name, "turn-detection")
      || g_str_equal (pspec->name, "interrupt-response"))
    configure_turn (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  g_object_get_property (G_OBJECT (GST_VOICE_OPENAI_REALTIME (object)->mind),
      pspec->name, value);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY
      && !GST_VOICE_OPENAI_REALTIME (element)->turn) {
    GST_ELEMENT_ERROR (element, CORE, MISSING_PLUGIN, ("there is no element "
            "\"turn\": check the installation"), (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }
  return
      GST_ELEMENT_CLASS (gst_voice_openai_realtime_parent_class)->change_state
      (element, transition);
}

/* Of the types that a mind has. */
static GParamSpec *
copy_pspec (GParamSpec * p)
{
  const gchar *nick = g_param_spec_get_nick (p);
  const gchar *blurb = g_param_spec_get_blurb (p);

  if (G_IS_PARAM_SPEC_STRING (p))
    return g_param_spec_string (p->name, nick, blurb,
        G_PARAM_SPEC_STRING (p)->default_value, p->flags);
  if (G_IS_PARAM_SPEC_BOOLEAN (p))
    return g_param_spec_boolean (p->name, nick, blurb,
        G_PARAM_SPEC_BOOLEAN (p)->default_value, p->flags);
  if (G_IS_PARAM_SPEC_UINT (p))
    return g_param_spec_uint (p->name, nick, blurb,
        G_PARAM_SPEC_UINT (p)->minimum, G_PARAM_SPEC_UINT (p)->maximum,
        G_PARAM_SPEC_UINT (p)->default_value, p->flags);
  if (G_IS_PARAM_SPEC_DOUBLE (p))
    return g_param_spec_double (p->name, nick, blurb,
        G_PARAM_SPEC_DOUBLE (p)->minimum, G_PARAM_SPEC_DOUBLE (p)->maximum,
        G_PARAM_SPEC_DOUBLE (p)->default_value, p->flags);
  return g_param_spec_enum (p->name, nick, blurb, p->value_type,
      G_PARAM_SPEC_ENUM (p)->default_value, p->flags);
}

static void
install_properties (GObjectClass * klass)
{
  GObjectClass *mind = g_type_class_ref (GST_TYPE_VOICE_REALTIME_MIND);
  guint n, id = 0;
  GParamSpec **all = g_object_class_list_properties (mind, &n);

  for (guint i = 0; i < n; i++) {
    if (g_type_is_a (all[i]->owner_type, GST_TYPE_VOICE_STAGE))
      g_object_class_install_property (klass, ++id, copy_pspec (all[i]));
  }
  g_free (all);
  g_type_class_unref (mind);
}

static void
gst_voice_openai_realtime_class_init (GstVoiceOpenaiRealtimeClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "OpenAI speech to speech", "Audio/LLM",
      "Converses by OpenAI's realtime sessions", "gst-voice");
}

static void
add_ghost (GstVoiceOpenaiRealtime * self, GstElement * part, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (part, name);

  gst_element_add_pad (GST_ELEMENT (self), gst_ghost_pad_new_from_template
      (name, pad, gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS
              (self), name)));
  gst_object_unref (pad);
}

static void
gst_voice_openai_realtime_init (GstVoiceOpenaiRealtime * self)
{
  static const RealtimeEnds ends = {
    .told = realtime_ears_told,
    .finished = realtime_ears_finished,
    .sound = realtime_mouth_sound,
    .spoken = realtime_mouth_spoken,
  };

  self->ears = g_object_new (GST_TYPE_VOICE_REALTIME_EARS, "name", "ears",
      NULL);
  self->turn = gst_element_factory_make ("turn", "turn");
  self->mind = g_object_new (GST_TYPE_VOICE_REALTIME_MIND, "name", "realtime",
      NULL);
  self->mouth = g_object_new (GST_TYPE_VOICE_REALTIME_MOUTH, "name", "mouth",
      NULL);
  realtime_ears_set_mind (GST_VOICE_REALTIME_EARS (self->ears),
      GST_VOICE_REALTIME_MIND (self->mind));
  realtime_mouth_set_mind (GST_VOICE_REALTIME_MOUTH (self->mouth),
      GST_VOICE_REALTIME_MIND (self->mind));
  realtime_mind_set_ends (GST_VOICE_REALTIME_MIND (self->mind), &ends,
      self->ears, self->mouth);
  gst_bin_add_many (GST_BIN (self), self->ears, self->mind, self->mouth, NULL);
  if (self->turn) {
    gst_bin_add (GST_BIN (self), self->turn);
    gst_element_link_many (self->ears, self->turn, self->mind, self->mouth,
        NULL);
  }
  add_ghost (self, self->ears, "sink");
  add_ghost (self, self->mouth, "src");
  configure_turn (self);
}
