/**
 * What the layers cost.
 *
 * <p>To run all of it from the root of the project, with the garbage collector's numbers:
 *
 * <pre>{@code
 * mvn -q -B -DskipTests -pl ccl-benchmarks -am package \
 *   org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
 *   -Dmdep.outputFile=target/classpath
 * java -cp ccl-benchmarks/target/classes:$(cat ccl-benchmarks/target/classpath) \
 *   org.openjdk.jmh.Main -prof gc
 * }</pre>
 */
@NullMarked
package org.ccl4j.benchmarks;

import org.jspecify.annotations.NullMarked;
