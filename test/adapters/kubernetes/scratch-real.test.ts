import { startRealAdapterEnvironment } from './real-environment.ts';
import { describeAdapter } from './suite.ts';

describeAdapter(startRealAdapterEnvironment);
