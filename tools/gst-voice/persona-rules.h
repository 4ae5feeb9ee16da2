/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Which persona takes a call: a JSON array of rules, the first that is true
 * counts.
 *
 *   [{"when": {"sip.trunkPhoneNumber": "+1555*"}, "persona": "clinic.json"},
 *    {"when": {"metadata.tenant": ["a", "b"], "room": "demo-*"},
 *     "persona": "demo.json"},
 *    {"persona": "echo.json"}]
 *
 * All members of `when` must be true; none is always true. A value is a
 * pattern in which `*` stands for anything, or several of which one must fit.
 * Names are `room`, `job`, `participant.identity`, `participant.name`,
 * `participant.kind`, `metadata` (the whole text), `metadata.PATH` (of the
 * job's JSON), and else attributes of the participant. A file is relative to
 * that of the rules. */
typedef struct _PersonaRules PersonaRules;

/* What is known of a call; any may be %NULL. */
typedef struct
{
  const gchar *room, *job;
  const gchar *metadata;
  GHashTable *attributes;       /* of the participant, by name */
  /* The participant has come: what is not there will not be. */
  gboolean participant_known;
  const gchar *identity, *name, *kind;
} PersonaFacts;

typedef enum
{
  PERSONA_RULES_NONE,           /* no rule is true */
  PERSONA_RULES_FOUND,
  PERSONA_RULES_LATER,          /* it depends on the participant */
} PersonaRulesResult;

PersonaRules *persona_rules_new (const gchar * text, gssize length,
    const gchar * folder, GError ** error);
PersonaRules *persona_rules_load (const gchar * path, GError ** error);
void persona_rules_free (PersonaRules * self);
PersonaRulesResult persona_rules_choose (const PersonaRules * self,
    const PersonaFacts * facts, const gchar ** persona);
/* (transfer container): each file once, NULL-terminated */
const gchar **persona_rules_get_personas (const PersonaRules * self);

gboolean persona_rules_fit (const gchar * pattern, const gchar * text);

/* Members of the job's metadata as variables: `{"a": {"b": 1}}` is `a_b`. What
 * is no JSON object becomes the variable `metadata`. */
GHashTable *persona_metadata_variables (const gchar * metadata);
