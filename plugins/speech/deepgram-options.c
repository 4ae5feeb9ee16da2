/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of deepgramstt, but for those that every provider has.
 *
 * Threads and locks: the element's object lock guards its options.
 */
#include "deepgram-options.h"

#define DEFAULT_ENDPOINTING 25
#define DEFAULT_UTTERANCE_END 1000

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_READY)

enum
{
  PROP_ENDPOINTING = 1,
  PROP_UTTERANCE_END,
  PROP_FINALIZE,
  PROP_SMART_FORMAT,
  PROP_NUMERALS,
  PROP_PROFANITY_FILTER,
  PROP_REDACT,
  PROP_TAG,
  PROP_MIP_OPT_OUT,
  PROP_EXTRA,
  N_PROPS
};

G_STATIC_ASSERT (N_PROPS == DEEPGRAM_N_OPTIONS);

static GParamSpec *props[N_PROPS];

void
deepgram_options_init (DeepgramOptions * options)
{
  options->endpointing = DEFAULT_ENDPOINTING;
  options->utterance_end = DEFAULT_UTTERANCE_END;
  options->finalize = TRUE;
}

void
deepgram_options_clear (DeepgramOptions * options)
{
  g_clear_pointer (&options->redact, g_free);
  g_clear_pointer (&options->tag, g_free);
  g_clear_pointer (&options->extra, g_free);
}

void
deepgram_options_copy (DeepgramOptions * to, const DeepgramOptions * from)
{
  deepgram_options_clear (to);
  *to = *from;
  to->redact = g_strdup (from->redact);
  to->tag = g_strdup (from->tag);
  to->extra = g_strdup (from->extra);
}

static gchar **
text_of (DeepgramOptions * options, guint id)
{
  switch (id) {
    case PROP_REDACT:
      return &options->redact;
    case PROP_TAG:
      return &options->tag;
    case PROP_EXTRA:
      return &options->extra;
    default:
      return NULL;
  }
}

static gboolean *
flag_of (DeepgramOptions * options, guint id)
{
  switch (id) {
    case PROP_FINALIZE:
      return &options->finalize;
    case PROP_SMART_FORMAT:
      return &options->smart_format;
    case PROP_NUMERALS:
      return &options->numerals;
    case PROP_PROFANITY_FILTER:
      return &options->profanity_filter;
    case PROP_MIP_OPT_OUT:
      return &options->mip_opt_out;
    default:
      return NULL;
  }
}

gboolean
deepgram_options_set (DeepgramOptions * options, guint id, const GValue * value)
{
  gchar **text = text_of (options, id);
  gboolean *flag = flag_of (options, id);

  if (text) {
    g_free (*text);
    *text = g_value_dup_string (value);
  } else if (flag) {
    *flag = g_value_get_boolean (value);
  } else if (id == PROP_ENDPOINTING) {
    options->endpointing = g_value_get_int (value);
  } else if (id == PROP_UTTERANCE_END) {
    options->utterance_end = g_value_get_uint (value);
  } else {
    return FALSE;
  }
  return TRUE;
}

gboolean
deepgram_options_get (DeepgramOptions * options, guint id, GValue * value)
{
  gchar **text = text_of (options, id);
  gboolean *flag = flag_of (options, id);

  if (text)
    g_value_set_string (value, *text);
  else if (flag)
    g_value_set_boolean (value, *flag);
  else if (id == PROP_ENDPOINTING)
    g_value_set_int (value, options->endpointing);
  else if (id == PROP_UTTERANCE_END)
    g_value_set_uint (value, options->utterance_end);
  else
    return FALSE;
  return TRUE;
}

static void
describe_hearing (void)
{
  /**
   * GstVoiceDeepgramStt:endpointing:
   *
   * After how long a pause words become final, in milliseconds. With 200 or
   * more it is also told as an end of turn.
   */
  props[PROP_ENDPOINTING] = g_param_spec_int ("endpointing", "Endpointing",
      "After how long a pause words are final, in ms, -1 for never", -1, 10000,
      DEFAULT_ENDPOINTING, FLAGS);
  /**
   * GstVoiceDeepgramStt:utterance-end:
   *
   * After how long a gap between words the end of a turn is told, in
   * milliseconds; Deepgram knows none below 1000.
   */
  props[PROP_UTTERANCE_END] = g_param_spec_uint ("utterance-end",
      "Utterance end", "After how long a gap between words a turn is over, in "
      "ms, 0 for never", 0, 10000, DEFAULT_UTTERANCE_END, FLAGS);
  /**
   * GstVoiceDeepgramStt:finalize:
   *
   * Whether to ask for the final when `vad` says that the sound is over.
   */
  props[PROP_FINALIZE] = g_param_spec_boolean ("finalize", "Finalize",
      "Whether to ask for the final when the sound is over", TRUE, FLAGS);
}

static void
describe_text (void)
{
  /**
   * GstVoiceDeepgramStt:smart-format:
   *
   * Whether dates, amounts and the like are written as people write them.
   */
  props[PROP_SMART_FORMAT] = g_param_spec_boolean ("smart-format",
      "Smart format", "Whether dates, amounts etc. are written as usual",
      FALSE, FLAGS);
  /**
   * GstVoiceDeepgramStt:numerals:
   *
   * Whether numbers are written in digits.
   */
  props[PROP_NUMERALS] = g_param_spec_boolean ("numerals", "Numerals",
      "Whether numbers are written in digits", FALSE, FLAGS);
  /**
   * GstVoiceDeepgramStt:profanity-filter:
   *
   * Whether swear words are left out.
   */
  props[PROP_PROFANITY_FILTER] = g_param_spec_boolean ("profanity-filter",
      "Profanity filter", "Whether swear words are left out", FALSE, FLAGS);
  /**
   * GstVoiceDeepgramStt:redact:
   *
   * What is made unreadable, such as `pci|numbers`, separated by `|`.
   */
  props[PROP_REDACT] = g_param_spec_string ("redact", "Redact",
      "What is made unreadable, separated by |", NULL, FLAGS);
}

static void
describe_service (void)
{
  /**
   * GstVoiceDeepgramStt:tag:
   *
   * What Deepgram's figures call these calls; several are separated by `|`.
   */
  props[PROP_TAG] = g_param_spec_string ("tag", "Tag",
      "What the service's figures call these calls", NULL, FLAGS);
  /**
   * GstVoiceDeepgramStt:mip-opt-out:
   *
   * Whether Deepgram may not use the calls to improve its models.
   */
  props[PROP_MIP_OPT_OUT] = g_param_spec_boolean ("mip-opt-out",
      "MIP opt-out", "Whether the calls may not be used to improve models",
      FALSE, FLAGS);
  /**
   * GstVoiceDeepgramStt:extra:
   *
   * More of the query string, as it is: `version=latest&dictation=true`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "More of the query string, as it is", NULL, FLAGS);
}

void
deepgram_options_install (GObjectClass * klass)
{
  describe_hearing ();
  describe_text ();
  describe_service ();
  g_object_class_install_properties (klass, N_PROPS, props);
}
