/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties that all language models have.
 *
 * Threads and locks: the model's object lock guards its settings.
 */
#include "llm-settings.h"

#define DEFAULT_MAX_STEPS 3
#define DEFAULT_APOLOGY "Sorry, something went wrong. Could you say that again?"
#define DEFAULT_UNHEARD "Sorry, I did not catch that. Could you say it again?"

enum
{
  PROP_SYSTEM_PROMPT = 1,
  PROP_WELCOME_MESSAGE,
  PROP_WELCOME_INTERRUPTIBLE,
  PROP_APOLOGY,
  PROP_UNHEARD_MESSAGE,
  PROP_TEMPERATURE,
  PROP_MAX_STEPS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

void
llm_settings_init (LlmSettings * s)
{
  s->apology = g_strdup (DEFAULT_APOLOGY);
  s->unheard = g_strdup (DEFAULT_UNHEARD);
  s->welcome_interruptible = TRUE;
  s->temperature = -1;
  s->max_steps = DEFAULT_MAX_STEPS;
}

void
llm_settings_clear (LlmSettings * s)
{
  g_clear_pointer (&s->system_prompt, g_free);
  g_clear_pointer (&s->welcome, g_free);
  g_clear_pointer (&s->apology, g_free);
  g_clear_pointer (&s->unheard, g_free);
}

void
llm_settings_copy (LlmSettings * to, const LlmSettings * from)
{
  llm_settings_clear (to);
  *to = *from;
  to->system_prompt = g_strdup (from->system_prompt);
  to->welcome = g_strdup (from->welcome);
  to->apology = g_strdup (from->apology);
  to->unheard = g_strdup (from->unheard);
}

gboolean
llm_settings_set (LlmSettings * s, guint id, const GValue * value)
{
  switch (id) {
    case PROP_SYSTEM_PROMPT:
      g_free (s->system_prompt);
      s->system_prompt = g_value_dup_string (value);
      break;
    case PROP_WELCOME_MESSAGE:
      g_free (s->welcome);
      s->welcome = g_value_dup_string (value);
      break;
    case PROP_WELCOME_INTERRUPTIBLE:
      s->welcome_interruptible = g_value_get_boolean (value);
      break;
    case PROP_APOLOGY:
      g_free (s->apology);
      s->apology = g_value_dup_string (value);
      break;
    case PROP_UNHEARD_MESSAGE:
      g_free (s->unheard);
      s->unheard = g_value_dup_string (value);
      break;
    case PROP_TEMPERATURE:
      s->temperature = g_value_get_double (value);
      break;
    case PROP_MAX_STEPS:
      s->max_steps = g_value_get_uint (value);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
llm_settings_get (const LlmSettings * s, guint id, GValue * value)
{
  switch (id) {
    case PROP_SYSTEM_PROMPT:
      g_value_set_string (value, s->system_prompt);
      break;
    case PROP_WELCOME_MESSAGE:
      g_value_set_string (value, s->welcome);
      break;
    case PROP_WELCOME_INTERRUPTIBLE:
      g_value_set_boolean (value, s->welcome_interruptible);
      break;
    case PROP_APOLOGY:
      g_value_set_string (value, s->apology);
      break;
    case PROP_UNHEARD_MESSAGE:
      g_value_set_string (value, s->unheard);
      break;
    case PROP_TEMPERATURE:
      g_value_set_double (value, s->temperature);
      break;
    case PROP_MAX_STEPS:
      g_value_set_uint (value, s->max_steps);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

void
llm_settings_install (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceLlm:system-prompt:
   *
   * What the model is told about its part. The persona's, if it is not set.
   */
  props[PROP_SYSTEM_PROMPT] = g_param_spec_string ("system-prompt",
      "System prompt", "What the model is told about its part", NULL, flags);
  /**
   * GstVoiceLlm:welcome-message:
   *
   * What the agent says first. The persona's, if it is not set.
   */
  props[PROP_WELCOME_MESSAGE] = g_param_spec_string ("welcome-message",
      "Welcome message", "What the agent says first", NULL, flags);
  /**
   * GstVoiceLlm:welcome-interruptible:
   *
   * Whether the caller's voice may stop the welcome message.
   */
  props[PROP_WELCOME_INTERRUPTIBLE] =
      g_param_spec_boolean ("welcome-interruptible", "Welcome interruptible",
      "Whether the caller's voice may stop the welcome message", TRUE, flags);
  /**
   * GstVoiceLlm:apology:
   *
   * What is said when no model answers. After two failures in a row the call
   * ends with it.
   */
  props[PROP_APOLOGY] = g_param_spec_string ("apology", "Apology",
      "What is said when no model answers", DEFAULT_APOLOGY, flags);
  /**
   * GstVoiceLlm:unheard-message:
   *
   * What is said when the caller spoke for long and was not understood.
   */
  props[PROP_UNHEARD_MESSAGE] = g_param_spec_string ("unheard-message",
      "Unheard message", "What is said when the caller was not understood",
      DEFAULT_UNHEARD, flags);
  /**
   * GstVoiceLlm:temperature:
   *
   * Randomness of the model; negative leaves it to the provider.
   */
  props[PROP_TEMPERATURE] = g_param_spec_double ("temperature", "Temperature",
      "Randomness of the model, negative for the provider's default", -1, 2,
      -1, flags);
  /**
   * GstVoiceLlm:max-steps:
   *
   * How often the model is asked in one turn while it calls tools; then it is
   * asked once more without tools.
   */
  props[PROP_MAX_STEPS] = g_param_spec_uint ("max-steps", "Maximum steps",
      "How often the model may call tools in one turn", 0, 100,
      DEFAULT_MAX_STEPS, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}
