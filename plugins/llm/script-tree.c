/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The parts that a script is made of.
 *
 * Threads: any. Locks: none.
 */
#include "script-private.h"

const gchar *const script_own_slots[] = { "text", "heard", "rest", NULL };

void
script_condition_free (ScriptCondition * condition)
{
  g_free (condition->name);
  g_strfreev (condition->path);
  g_ptr_array_unref (condition->values);
  g_free (condition);
}

void
script_when_free (ScriptWhen * when)
{
  g_ptr_array_unref (when->conditions);
  g_free (when);
}

void
script_set_free (ScriptSet * set)
{
  g_free (set->slot);
  g_clear_pointer (&set->value, script_template_free);
  g_free (set);
}

void
script_argument_free (ScriptArgument * argument)
{
  g_clear_pointer (&argument->template, script_template_free);
  g_clear_pointer (&argument->names, g_ptr_array_unref);
  g_clear_pointer (&argument->items, g_ptr_array_unref);
  g_clear_pointer (&argument->value, json_node_unref);
  g_free (argument);
}

void
script_call_plan_free (ScriptCallPlan * plan)
{
  g_free (plan->name);
  g_free (plan->as);
  g_free (plan->id);
  g_clear_pointer (&plan->arguments, script_argument_free);
  g_free (plan);
}

ScriptAction *
script_action_new (guint id)
{
  ScriptAction *action = g_new0 (ScriptAction, 1);

  action->id = id;
  action->go = -1;
  action->cycle = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_action_free);
  action->set = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_set_free);
  action->say = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_template_free);
  action->cases = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_action_free);
  action->calls = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_call_plan_free);
  action->then = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_action_free);
  action->late = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_template_free);
  return action;
}

void
script_action_free (ScriptAction * action)
{
  g_clear_pointer (&action->when, script_when_free);
  g_ptr_array_unref (action->cycle);
  g_ptr_array_unref (action->set);
  g_ptr_array_unref (action->say);
  g_ptr_array_unref (action->cases);
  g_ptr_array_unref (action->calls);
  g_ptr_array_unref (action->then);
  g_ptr_array_unref (action->late);
  g_free (action->fail_text);
  g_free (action);
}

void
script_intent_free (ScriptIntent * intent)
{
  g_free (intent->where);
  g_ptr_array_unref (intent->patterns);
  g_clear_pointer (&intent->action, script_action_free);
  g_free (intent);
}

ScriptState *
script_state_new (const gchar * name)
{
  ScriptState *state = g_new0 (ScriptState, 1);

  state->name = g_strdup (name);
  state->intents = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_intent_free);
  return state;
}

void
script_state_free (ScriptState * state)
{
  g_free (state->name);
  g_clear_pointer (&state->enter, script_action_free);
  g_ptr_array_unref (state->intents);
  g_clear_pointer (&state->otherwise, script_action_free);
  g_free (state);
}

void
script_free (Script * script)
{
  g_free (script->file);
  g_free (script->name);
  g_ptr_array_unref (script->states);
  g_ptr_array_unref (script->always);
  g_clear_pointer (&script->otherwise, script_action_free);
  g_clear_pointer (&script->failed, script_action_free);
  g_clear_pointer (&script->running, script_action_free);
  g_clear_pointer (&script->refusal, script_action_free);
  g_clear_pointer (&script->unheard, script_action_free);
  g_hash_table_unref (script->lists);
  g_ptr_array_unref (script->warnings);
  g_free (script);
}

const gchar *
script_name (const Script * script)
{
  return script->name;
}

const gchar *const *
script_warnings (const Script * script)
{
  return (const gchar * const *) script->warnings->pdata;
}
