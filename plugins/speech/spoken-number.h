/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef struct _NumberRules NumberRules;

NumberRules *number_rules_new (void);
void number_rules_free (NumberRules * rules);
gboolean number_rules_add (NumberRules * rules, const gchar * set,
    const gchar * rule, GError ** error);
gboolean number_rules_check (const NumberRules * rules, GError ** error);
gboolean number_rules_has (const NumberRules * rules, const gchar * set);
gboolean number_rules_spell (const NumberRules * rules, const gchar * set,
    guint64 value, GString * out);
