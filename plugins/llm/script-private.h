/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "script-core.h"
#include "script-match.h"
#include "script-template.h"

G_BEGIN_DECLS

/* What has become of the calls of a step. */
typedef enum
{
  SCRIPT_OK,
  SCRIPT_ERROR_OUTCOME,
  SCRIPT_RUNNING,
  SCRIPT_ANY_OUTCOME,
} ScriptOutcome;

/* One line of `when`: a value is one of these, or nothing, or is not. */
typedef struct
{
  gchar *name;
  gchar **path;
  gboolean not;
  gboolean nothing;
  GPtrArray *values;            /* of gchar * */
} ScriptCondition;

typedef struct
{
  GPtrArray *conditions;        /* of ScriptCondition */
  ScriptOutcome outcome;
} ScriptWhen;

typedef struct
{
  gchar *slot;
  ScriptTemplate *value;        /* NULL clears it */
} ScriptSet;

/* An argument: a template, or a list or object of arguments, or a value. */
typedef struct
{
  ScriptTemplate *template;
  GPtrArray *names;             /* of an object's members, of gchar * */
  GPtrArray *items;             /* of ScriptArgument */
  JsonNode *value;
} ScriptArgument;

typedef struct
{
  gchar *name;
  gchar *as;                    /* what the result is called */
  gchar *id;
  ScriptArgument *arguments;
} ScriptCallPlan;

typedef struct _ScriptAction ScriptAction;

struct _ScriptAction
{
  guint id;                     /* to count how often it was taken */
  ScriptWhen *when;
  GPtrArray *cycle;             /* of ScriptAction, and nothing beside it */
  GPtrArray *set;               /* of ScriptSet */
  GPtrArray *say;               /* of ScriptTemplate */
  GPtrArray *cases;             /* of ScriptAction */
  GPtrArray *calls;             /* of ScriptCallPlan */
  GPtrArray *then;              /* of ScriptAction */
  GPtrArray *late;              /* of ScriptTemplate */
  gint go;                      /* index of a state, or -1 */
  const gchar *expect;
  guint expect_length;
  const gchar *fail;
  gchar *fail_text;
  gboolean end, stall, empty, refuse, uninterruptible;
};

typedef struct
{
  gchar *where;                 /* its JSON pointer */
  GPtrArray *patterns;          /* of ScriptPattern */
  ScriptAction *action;
} ScriptIntent;

typedef struct
{
  gchar *name;
  ScriptAction *enter;          /* or NULL */
  GPtrArray *intents;           /* of ScriptIntent */
  ScriptAction *otherwise;      /* `else`, or NULL */
} ScriptState;

struct _Script
{
  gchar *file;                  /* what errors begin with */
  gchar *name;                  /* what it calls itself, or NULL */
  GPtrArray *states;            /* of ScriptState */
  guint start;
  GPtrArray *always;            /* of ScriptIntent */
  ScriptAction *otherwise, *failed, *running, *refusal, *unheard;
  GHashTable *lists;            /* name → ScriptList */
  guint n_actions;
  GPtrArray *warnings;          /* of gchar *, ended by NULL */
};

ScriptAction *script_action_new (guint id);
ScriptState *script_state_new (const gchar * name);
void script_call_plan_free (ScriptCallPlan * plan);
void script_argument_free (ScriptArgument * argument);
void script_condition_free (ScriptCondition * condition);
void script_when_free (ScriptWhen * when);
void script_set_free (ScriptSet * set);
void script_action_free (ScriptAction * action);
void script_intent_free (ScriptIntent * intent);
void script_state_free (ScriptState * state);

/* Names that the script may not give to slots, for they have a meaning. */
extern const gchar *const script_own_slots[];

G_END_DECLS
