package org.ccl4j.tools;

import java.util.List;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.DeviceInfo;

/**
 * What a result was measured with.
 *
 * @param devices the device of each rank
 * @param ranksAre what each rank is: threads or processes
 * @param skipped what a sweep left out, and why
 */
record PerfEnvironment(
    PerfConfig config,
    BackendInfo backend,
    List<DeviceInfo> devices,
    String ranksAre,
    List<String> skipped) {}
