/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

gboolean ice_candidate_is_useful (const gchar * line, gboolean tcp);
gchar *ice_candidate_without_related (const gchar * line);
