import '@slack/bolt';

console.log('imported');
