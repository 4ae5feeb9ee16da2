/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every number of the core is a property of `turn`.
 *
 * Threads: any. Locks: none; the element guards the configuration.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "turn-settings.h"

#include <gst/gst.h>
#include <string.h>

typedef enum
{
  SETTING_TIME,                 /* ms; -1 where it may be switched off */
  SETTING_COUNT,
  SETTING_BOOLEAN,
  SETTING_MODE,
  SETTING_INTERRUPT_ON,
  SETTING_KEY,                  /* one key of a telephone, or empty */
} SettingType;

typedef struct
{
  const gchar *name, *nick, *blurb;
  SettingType type;
  gsize offset;                 /* in TurnConfig */
} Setting;

#define TIME(name, nick, blurb, field) {name, nick, blurb, SETTING_TIME, \
      G_STRUCT_OFFSET (TurnConfig, field)}
#define COUNT(name, nick, blurb, field) {name, nick, blurb, SETTING_COUNT, \
      G_STRUCT_OFFSET (TurnConfig, field)}
#define BOOLEAN(name, nick, blurb, field) {name, nick, blurb, \
      SETTING_BOOLEAN, G_STRUCT_OFFSET (TurnConfig, field)}

static const Setting settings[] = {
  TIME ("complete-delay", "Complete delay", "From the end of the sound to the "
      "end of the turn when the words are complete, in ms", delay_complete),
  TIME ("unknown-delay", "Unknown delay", "The same when it is unknown whether "
      "they are, in ms", delay_unknown),
  TIME ("incomplete-delay", "Incomplete delay", "The same in the middle of a "
      "number, an address or a sentence, in ms", delay_incomplete),
  TIME ("final-wait", "Final wait", "How long an interim waits for its final, "
      "in ms", final_wait),
  TIME ("stt-wait", "Recogniser wait", "How long sound without words waits for "
      "a final, in ms", stt_wait),
  TIME ("awaited-after", "Awaited after",
      "Voiced sound after which a final is awaited, in ms", await_voiced),
  TIME ("run", "Run", "Voiced sound that is no click, in ms", run_min),
  TIME ("hold-after", "Hold after",
      "Voiced sound after which the agent pauses, in ms (-1 = never)",
      hold_after),
  TIME ("interrupt-after", "Interrupt after",
      "Voiced sound after which it may be interrupted, in ms",
      interrupt_after),
  TIME ("false-interruption", "False interruption",
      "How long after a sound without words the agent goes on, in ms",
      false_interruption),
  TIME ("answer-window", "Answer window",
      "How near the end of a yes-or-no question an answer may begin, in ms",
      answer_window),
  TIME ("stuck-after", "Stuck after",
      "After how long a sound without words is not taken for speech, in ms",
      stuck_after),
  TIME ("stale-words", "Stale words",
      "How long after the last word a sound "
      "that goes on is not taken for speech, in ms", stale_words),
  TIME ("stuck-after-finals", "Stuck after, finals only",
      "As stuck-after, where the recogniser gives no interims, in ms",
      stuck_after_finals),
  TIME ("late-final", "Late final",
      "How long after a turn its last words are still its own, in ms",
      late_final),
  TIME ("say-wait", "Say wait",
      "How long something to be said may take to begin, in ms", say_wait),
  TIME ("max-turn", "Longest turn",
      "After how long a turn is taken as it stands, in ms", max_turn),
  TIME ("unheard-after", "Unheard after",
      "How long a sound must be to be told "
      "that it was not understood, in ms", unheard_after),
  TIME ("preemptive-length", "Pre-emptive length",
      "How long the caller may "
      "have spoken for a turn to be sent ahead, in ms", preemptive_length),
  TIME ("disconnect-wait", "Disconnect wait",
      "How long the last words are "
      "waited for when the caller has left, in ms", disconnect_wait),
  TIME ("drain", "Drain",
      "From the last sample of a goodbye to the hangup, in ms", drain),
  TIME ("hangup-drain", "Hangup drain",
      "How long a goodbye that does not play is waited for, in ms",
      hangup_drain),
  TIME ("goodbye-grace", "Goodbye grace",
      "How long a speech may go on before the goodbye of a limit, in ms",
      goodbye_grace),
  TIME ("filler-after", "Filler after",
      "After how long a running tool's filler is said, in ms", filler_after),
  COUNT ("min-words", "Minimum of words",
      "How many words interrupt (0 = one that is no back-channel)",
      min_words),
  COUNT ("unheard-limit", "Unheard limit",
      "How often in a row it is told that the caller was not understood",
      unheard_limit),
  COUNT ("preemptive-tries", "Pre-emptive tries",
      "How often a turn may be sent ahead", preemptive_tries),
  BOOLEAN ("preemptive", "Pre-emptive",
      "Whether turns are sent ahead before "
      "it is certain that the caller has finished", preemptive),
  BOOLEAN ("interims", "Interims", "Whether the recogniser gives interims",
      stt_interims),
  TIME ("dtmf-timeout", "Key timeout",
      "After the last key that was pressed, the keys are a turn after this, in "
      "ms", dtmf_timeout),
  {"dtmf-end", "End key", "The key that ends what is keyed in (empty = none)",
      SETTING_KEY, G_STRUCT_OFFSET (TurnConfig, dtmf_end)},
  {"mode", "Mode", "What decides that the caller has finished", SETTING_MODE,
      G_STRUCT_OFFSET (TurnConfig, mode)},
  {"interrupt-on", "Interrupt on",
        "What interrupts the agent for good; it pauses in any case",
      SETTING_INTERRUPT_ON, G_STRUCT_OFFSET (TurnConfig, interrupt_on)},
};

#define GST_TYPE_VOICE_TURN_MODE (turn_mode_get_type ())
static GType
turn_mode_get_type (void)
{
  static const GEnumValue values[] = {
    {TURN_MODE_VAD, "Sound and words decide", "vad"},
    {TURN_MODE_STT, "The recogniser's end of turn decides", "stt"},
    {TURN_MODE_MANUAL, "The application decides", "manual"},
    {0, NULL, NULL}
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoiceTurnMode", values));
  return type;
}

#define GST_TYPE_VOICE_TURN_INTERRUPT_ON (turn_interrupt_on_get_type ())
static GType
turn_interrupt_on_get_type (void)
{
  static const GEnumValue values[] = {
    {TURN_INTERRUPT_ON_WORDS, "Words interrupt", "words"},
    {TURN_INTERRUPT_ON_SPEECH, "Half a second of speech does", "speech"},
    {0, NULL, NULL}
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoiceTurnInterruptOn", values));
  return type;
}

/* What is no key is none. */
static gchar
read_key (const GValue * value)
{
  const gchar *text = g_value_get_string (value);

  return text && *text && !text[1] && strchr (TURN_KEYS, *text) ? *text : 0;
}

static void
set_setting (gpointer field, SettingType type, const GValue * value)
{
  if (type == SETTING_TIME)
    *(gint64 *) field = g_value_get_int (value) < 0 ? TURN_NONE :
        TURN_MS (g_value_get_int (value));
  else if (type == SETTING_COUNT)
    *(guint *) field = g_value_get_uint (value);
  else if (type == SETTING_BOOLEAN)
    *(gboolean *) field = g_value_get_boolean (value);
  else if (type == SETTING_KEY)
    *(gchar *) field = read_key (value);
  else
    *(gint *) field = g_value_get_enum (value);
}

static void
get_setting (gconstpointer field, SettingType type, GValue * value)
{
  if (type == SETTING_TIME)
    g_value_set_int (value, *(const gint64 *) field < 0 ? -1 :
        *(const gint64 *) field / GST_MSECOND);
  else if (type == SETTING_COUNT)
    g_value_set_uint (value, *(const guint *) field);
  else if (type == SETTING_BOOLEAN)
    g_value_set_boolean (value, *(const gboolean *) field);
  else if (type == SETTING_KEY)
    g_value_take_string (value, g_strndup (field, 1));
  else
    g_value_set_enum (value, *(const gint *) field);
}

static GParamSpec *
setting_spec (const Setting * setting, const TurnConfig * defaults)
{
  gconstpointer field = (const guint8 *) defaults + setting->offset;
  gchar key[] = { *(const gchar *) field, 0 };
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  if (setting->type == SETTING_TIME)
    return g_param_spec_int (setting->name, setting->nick, setting->blurb,
        -1, G_MAXINT, *(const gint64 *) field / GST_MSECOND, flags);
  if (setting->type == SETTING_COUNT)
    return g_param_spec_uint (setting->name, setting->nick, setting->blurb,
        0, 1000, *(const guint *) field, flags);
  if (setting->type == SETTING_BOOLEAN)
    return g_param_spec_boolean (setting->name, setting->nick, setting->blurb,
        *(const gboolean *) field, flags);
  if (setting->type == SETTING_KEY)
    return g_param_spec_string (setting->name, setting->nick, setting->blurb,
        key, flags);
  return g_param_spec_enum (setting->name, setting->nick, setting->blurb,
      setting->type == SETTING_MODE ? GST_TYPE_VOICE_TURN_MODE :
      GST_TYPE_VOICE_TURN_INTERRUPT_ON, *(const gint *) field, flags);
}

/* The properties get the ids from @first on. */
void
turn_settings_install (GObjectClass * klass, guint first)
{
  TurnConfig defaults;

  turn_config_init (&defaults);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_object_class_install_property (klass, first + i,
        setting_spec (&settings[i], &defaults));
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_TURN_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_TURN_INTERRUPT_ON, 0);
}

/* The property with the id @first + @i. */
void
turn_settings_set (TurnConfig * config, guint i, const GValue * value)
{
  set_setting ((guint8 *) config + settings[i].offset, settings[i].type, value);
}

void
turn_settings_get (const TurnConfig * config, guint i, GValue * value)
{
  get_setting ((const guint8 *) config + settings[i].offset, settings[i].type,
      value);
}
