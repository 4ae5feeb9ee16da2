/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

/* Rules are those of a persona (`evaluation.rules`), as JSON. */
gchar *evaluation_by_rules (const Record * record, const gchar * rules);
