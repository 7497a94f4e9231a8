<?php
// Makes the course and the people that these tests need, in a fresh Moodle: php tests/moodle/course.php /path/to/moodle
define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->dirroot . '/course/lib.php');
require_once($CFG->dirroot . '/user/lib.php');
require_once($CFG->libdir . '/enrollib.php');

const PASSWORD = 'Mat.khau1';
const FAMILIES = ['Đặng Thái', 'Trần Hoài', 'Lê Văn', 'Phạm Thị', 'Vũ Đức'];
const GIVEN = ['An', 'Bình', 'Chi', 'Dũng', 'Giang', 'Hà', 'Hải', 'Hiếu', 'Hoa', 'Huy'];

// Moodle may ask the tool for its keys, also in this machine's own network.
set_config('curlsecurityblockedhosts', '');
set_config('curlsecurityallowedport', '');
set_config('passwordpolicy', 0);
set_config('noemailever', 1);
$DB->set_field('tool_usertours_tours', 'enabled', 0);
// Where the installation named no address of the administrator's, Moodle serves them nothing but their own profile.
$DB->set_field('user', 'email', 'admin@moodle.test', ['id' => get_admin()->id, 'email' => '']);

$course = create_course((object) [
    'fullname' => 'Toán 9A1', 'shortname' => 'T9A1', 'category' => 1, 'format' => 'topics', 'numsections' => 2,
]);
$manual = enrol_get_plugin('manual');
// A course has no way to enrol by hand yet where Moodle's default settings were not applied before it was made.
$manual_way = ['courseid' => $course->id, 'enrol' => 'manual'];
if (!$DB->record_exists('enrol', $manual_way)) {
    $manual->add_instance($course, ['status' => ENROL_INSTANCE_ENABLED]);
}
$way = $DB->get_record('enrol', $manual_way, '*', MUST_EXIST);

function enrol(string $name, string $given, string $family, string $role): void {
    global $CFG, $DB, $manual, $way;
    $id = user_create_user((object) [
        'username' => $name, 'firstname' => $given, 'lastname' => $family, 'email' => "$name@moodle.test",
        'auth' => 'manual', 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id, 'password' => PASSWORD, 'lang' => 'en',
    ], true, false);
    $manual->enrol_user($way, $id, $DB->get_field('role', 'id', ['shortname' => $role], MUST_EXIST));
}

enrol('teacher1', 'Thu Hà', 'Nguyễn', 'editingteacher');
enrol('assist1', 'Minh', 'Lê Quang', 'teacher');
enrol('pupil1', 'An', 'Đặng Thái', 'student');
for ($n = 2; $n <= 42; $n++) {
    enrol("pupil$n", GIVEN[($n * 7) % 10], FAMILIES[$n % 5] . ' ' . chr(65 + $n % 26), 'student');
}
purge_all_caches();
echo "GIOTAY_TEST_MOODLE_COURSE={$course->id}\n";
