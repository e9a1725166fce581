/**
 * How the project is configured: each key is declared once as a {@link
 * org.ccl4j.api.config.Setting}, and read through {@link org.ccl4j.api.config.Settings}, the only
 * place that looks at system properties and the environment.
 */
@NullMarked
package org.ccl4j.api.config;

import org.jspecify.annotations.NullMarked;
