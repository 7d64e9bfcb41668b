"""From the LMS and to it: downloads shaped as Moodle and Canvas make them, and the grade files that they import."""

import csv
import shutil
import unicodedata
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

import tiny
from nbexaminer.app import LmsExportApp
from nbexaminer.collect import Handed, LmsCollector, LmsExtractor, _match, own_name
from nbexaminer.export import EXPORTERS, defused, points
from samples import PLUGGED_IN

CONFIG = tiny.CONFIG + PLUGGED_IN
ZOE = "Zoë Müller"
LONG = "Maximiliane " * 18 + "Ö" * 60  # more bytes than a file may have in its name
FORMULA = "=cmd|' /C calc'!A0"
COLUMNS = """Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments"""
WORKSHEET = [COLUMNS.split(",")]
GRADEBOOK = [
    ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Warm-up (11)", "Tiny (12)", "Final Score"],
    ["", "", "", "", "", "", "Manual Posting", ""],
    ["    Points Possible", "", "", "", "", "5.00", "3.00", "(read only)"],
]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lms")
    tiny.make(folder, CONFIG)
    return folder


def answered(course, answer):
    """The released notebook with an answer, as bytes."""
    notebook = nbformat.read(course / "release" / "tiny" / tiny.NAME, as_version=4)
    notebook.cells[2].source = answer
    return nbformat.writes(notebook).encode()


def download(course, files, name="download.zip", when=(2026, 11, 1, 12, 0, 0)):
    """What the teacher has downloaded: {path: content} in a zip."""
    path = course / "downloaded" / "tiny" / "archive" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pack(path, files, when)
    return path


def pack(path, files, when=(2026, 11, 1, 12, 0, 0)):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, when), content)


def collect(course, *options):
    """`nbgrader zip_collect`; {student: their answer, or where there is none the names of their files}, and stderr."""
    process = tiny.nbexaminer(course, "zip_collect", "tiny", *options, program="nbgrader")
    assert process.returncode == 0 and "Traceback" not in process.stderr, process.stderr
    return submitted(course), process.stderr


def submitted(course):
    found = {}
    for folder in course.glob("submitted/*/tiny"):
        names = {path.name for path in folder.iterdir()}
        if names == {tiny.NAME}:
            names = nbformat.read(folder / tiny.NAME, as_version=4).cells[2].source
        found[folder.parent.name] = names
    return found


@pytest.fixture
def packed(tmp_path):
    """{path: content} in a zip, as bytes."""

    def packed(files):
        pack(tmp_path / "theirs.zip", files)
        return (tmp_path / "theirs.zip").read_bytes()

    return packed


def export(course, lms, **options):
    """Run a plugin as the commands do; the exit status, and what it says on stderr."""
    said = []
    log = SimpleNamespace(error=lambda *words: said.append(words[0] % words[1:]))
    app = LmsExportApp()
    app.coursedir = CourseDirectory(root=str(course))
    options = {"assignment": ["tiny"]} | {name: _text(value) for name, value in options.items()}
    exporter = EXPORTERS[lms](parent=app, **options)
    exporter.log = log
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook, pytest.raises(SystemExit) as exit_:
        exporter.export(gradebook)
    assert not any("\n" in line for line in said)
    return exit_.value.code, said


def _text(value):
    return str(value) if isinstance(value, Path) else value


def write(path, rows, encoding="utf-8", **options):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **options).writerows(rows)
    return path


def read(path, **options):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, **options))


# downloads


def test_moodle_with_folders_and_without(course, released):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    decomposed = unicodedata.normalize("NFD", ZOE)
    first = {
        f"{ZOE}_1234567_assignsubmission_file_/tiny.ipynb": wrong,
        "O'Brien, Seán_3_assignsubmission_file/tiny.ipynb": right,
    }
    download(course, first, "CS_101_2024-tiny-12.zip")
    again = {f"{decomposed}_1234567_assignsubmission_file_tiny.ipynb": right}
    again |= {f"{LONG}_4_assignsubmission_file_/tiny.ipynb": right}
    again |= {"Participant_5_assignsubmission_file_/sub folder/tiny (1).ipynb": right}
    again |= {"Participant_5_assignsubmission_file_/tiny.ipynb": wrong, "Ng_6_assignsubmission_onlinetext_.html": b""}
    again |= {f"{name}_7_assignsubmission_file_/final.ipynb": right for name in ["Anna Ng"]}
    download(course, again, "A download later.zip", (2026, 11, 2, 12, 0, 0))  # before the other one in the alphabet
    students, _ = collect(course)
    assert students == dict.fromkeys(["1234567", "3", "4", "5"], tiny.RIGHT) | {"7": {"final.ipynb"}}
    assert not list(course.glob("submitted/*/tiny/timestamp.txt"))  # a download's time is not that of handing in

    later = {f"{ZOE}_1234567_assignsubmission_file_/tiny.ipynb": wrong}
    download(course, later, "0.zip", (2026, 11, 3, 12, 0, 0))
    assert collect(course, "--force")[0]["1234567"] == tiny.WRONG


def test_canvas_with_late_and_repeated_files(course, released):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    files = {
        "müllerzoë_123456_7890123_tiny.ipynb": wrong,
        "müllerzoë_LATE_123456_7890125_tiny-2.ipynb": right,
        "müllerzoë_LATE_123456_7890124_tiny-1.ipynb": wrong,
        "obrienseán_20_99_tiny (3).ipynb": wrong,
        "obrienseán_20_100_tiny.ipynb": right,  # a larger number, though not in the alphabet
        "ng_21_101_tiny-9.ipynb": wrong,
        f"ng_21_102_tiny-{uuid}.ipynb": right,
        "ng_22_103_tiny-9.ipynb": wrong,
        "ng_22_103_tiny-10.ipynb": right,
        f"{'ü' * 200}_23_104_tiny.ipynb": right,
        "LATE_anon_x7Yz1_105_tiny.ipynb": right,
        "LATE_24_106_tiny.ipynb": right,
        "mallory_\u0662\u0662_29_113_tiny.ipynb": right,  # digits, but no number of Canvas's
        "ng_25_107_tiny_text.html": b"",
        "ng_26_108_solution.ipynb": right,
        "eve_27_109_ng_22_999_tiny.ipynb": wrong,  # a file that Eve has called so
        f"eve_28_112_{'A' * 180}_22_999_tiny.ipynb": wrong,  # so long that it is shortened
        "mallory_22_28_110_tiny.ipynb": wrong,  # a name that Mallory has chosen
    }
    download(course, files, "cs_101_2024-tiny_submissions.zip")
    students, said = collect(course)
    expected = dict.fromkeys(["123456", "20", "21", "22", "23", "24", "29", "anon_x7Yz1"], tiny.RIGHT)
    assert students == expected | {"26": {"solution.ipynb"}, "27": {"ng_22_999_tiny.ipynb"}, "28": students["28"]}
    assert len(students["28"]) == 1 and students["28"].pop().startswith("AAAA")
    assert "mallory_22_28_110_tiny.ipynb: three numbers" in said


def test_what_students_pack_into_zips(course, released, packed):
    right = answered(released, tiny.RIGHT)
    forged = packed({"x_3_4_tiny.ipynb": right, "../../../escaped.ipynb": right})
    files = {
        "a_1_11_work.zip": packed({"work/tiny.ipynb": right, "__MACOSX/work/._tiny.ipynb": b"junk"}),
        "b_2_12_broken.zip": b"PK no zip",
        "c_3_13_tiny.ipynb": right,
        "d_4_14_forged.zip": forged,
        "e_5_15_many.zip": packed({f"{number}/tiny.ipynb": b"" for number in range(10_001)}),
        "f_6_16_data.csv.gz": b"no archive",
        "Zoë_7_assignsubmission_file_/g.zip": packed({"tiny.ipynb": right}),
        "Mallory_8_assignsubmission_file_/.5.zip/x": b"a folder where another name could be made",
        "Mallory_8_assignsubmission_file_/a.zip": packed({"\x1b[31mforged\nline/tiny.ipynb": right}),
        f"Mallory_9_assignsubmission_file_/{'ü' * 150}": b"a file",
        f"Mallory_9_assignsubmission_file_/{'ü' * 150}b/tiny.ipynb": right,  # shortened, a folder of the same name
        "h_30_17_homework.docx": b"no notebook",
        "Noah_31_assignsubmission_file_/homework.pdf": b"no notebook",
    }
    archive = download(course, files).parent
    unpacked = archive / "course_2024_12_tiny"  # by the browser
    folder = unpacked / f"{ZOE}_1234567_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_bytes(right)
    pack(unpacked / "ng_21_101_work.zip", {"tiny.ipynb": right})
    students, said = collect(course)
    assert students.pop("4") == {"x_3_4_tiny.ipynb", "escaped.ipynb"}
    assert students == dict.fromkeys(["1", "3", "7", "8", "1234567", "21"], tiny.RIGHT)
    assert "b/tiny.ipynb: cannot be unpacked (File exists)" in said or "(Not a directory)" in said
    assert "30: no notebook, but h_30_17_homework.docx" in said and "31: no notebook, but homework.pdf" in said
    assert "\x1b" not in said and "\nline" not in said
    assert "b_2_12_broken.zip: cannot be unpacked" in said and "e_5_15_many.zip: cannot be unpacked" in said
    assert not list(course.rglob("escaped.ipynb")) or set(course.rglob("escaped.ipynb")) == {
        course / "submitted/4/tiny/escaped.ipynb",
        course / "downloaded/tiny/extracted/download.zip/d_4_14_forged.zip/escaped.ipynb",
    }


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("müllerzoë_123456_7890123_1_intro.ipynb", "123456"),
        ("müllerzoë_LATE_123456_7890123_1_intro-2.ipynb", "123456"),
        ("mallory_22_28_110_1_intro.ipynb", None),
        ("mallory_22_28_LATE_110_112_1_intro.ipynb", None),
        ("mallory_22_28_110_2_intro.ipynb", None),
    ],
)
def test_canvas_with_a_number_in_the_name_of_the_notebook(tmp_path, name, student):
    (tmp_path / name).touch()
    handed = LmsCollector()._read(tmp_path / name, (name,), _match((name,)), ["1_intro.ipynb"])
    assert (handed and handed.student) == student
    assert handed is None or handed.notebook == "1_intro.ipynb"


def test_nobody_hands_in_for_somebody_else(course, released, packed):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    theirs = packed({"tiny.ipynb": wrong})
    canvas = {
        "ng_22_103_tiny.ipynb": right,
        "a_22_999999999_28_110_work.zip": theirs,  # a name that a student has chosen
        "a_22_assignsubmission_file_28_111_work.zip": theirs,
        "eve_27_112_x\\y_22_999999999_tiny.ipynb": wrong,
        "ng_24_113_1_tiny-1.zip": theirs,  # perhaps a student's own, but who knows
    }
    moodle = {
        "Ng_32_assignsubmission_file/tiny.ipynb": right,
        "Ng_33_assignsubmission_file_tiny.ipynb": right,
        "Mallory_8_assignsubmission_onlinetext/onlinetext.html": b"",
        "Mallory_8_assignsubmission_onlinetext/x_32_999999999_tiny.ipynb": wrong,
        "Mallory_9_assignsubmission_onlinetext_x_33_99_tiny.ipynb": wrong,
        "A_B_10_assignsubmission_onlinetext/x_33_99_tiny.ipynb": wrong,
        "Li_11_assignsubmission_onlinetext_tiny.ipynb": right,
    }
    download(course, canvas, "submissions.zip")
    download(course, moodle, "CS 101-tiny-1234.zip")
    students, said = collect(course)
    assert students.pop("27").pop().endswith("y_22_999999999_tiny.ipynb")
    assert students == dict.fromkeys(["22", "32", "33", "11"], tiny.RIGHT) | {"8": {"x_32_999999999_tiny.ipynb"}}
    assert said.count(": three numbers") == 5


def test_zips_of_students_in_the_archive(course, released, packed):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    download(course, {"ng_22_103_tiny.ipynb": right}, "submissions.zip")
    download(course, {"x_22_999999999_tiny.ipynb": wrong}, "eve_27_109_work.zip")
    download(course, {"Ng_22_assignsubmission_file_/tiny.ipynb": wrong}, "eve_27_110_x_5_assignsubmission_y.zip")
    download(course, {"work/tiny.ipynb": right}, "bob_28_110_work.zip")
    download(course, {"tiny.ipynb": right}, "Li_29_assignsubmission_file_work.zip")
    download(course, {}, "ng_30_112_work.zip").write_bytes(b"PK no zip")
    students, said = collect(course)
    assert students == dict.fromkeys(["22", "28", "29"], tiny.RIGHT) | {"27": {"x_22_999999999_tiny.ipynb"}}
    assert "eve_27_109_work.zip: taken for one student's" in said
    assert "ng_30_112_work.zip: cannot be unpacked" in said


def test_the_number_in_the_name_of_a_zip(tmp_path):
    for name, student in [("ng_22_103_1_intro.zip", "22"), ("ng_22_28_110_1_intro.zip", None)]:
        parts = (name, "1_intro.ipynb")
        (tmp_path / name).mkdir()
        (tmp_path / name / parts[1]).touch()
        handed = LmsCollector()._read(tmp_path.joinpath(*parts), parts, _match(parts), ["1_intro.ipynb"])
        assert (handed and handed.student) == student


@pytest.mark.parametrize("pattern", ["Ng_{student}_assignsubmission_file_/{name}", "ng_{student}_{upload}_{name}"])
def test_a_last_attempt_of_another_name(course, released, pattern):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)

    def handed_in(upload, files):
        return {
            pattern.format(student=student, upload=upload + number, name=name): content
            for number, (student, name, content) in enumerate(files)
        }

    first = [(student, "tiny.ipynb", wrong) for student in ("1", "2", "3")]
    first += [("4", "draft.ipynb", wrong), ("5", "tiny.ipynb", right), ("5", "notes.ipynb", wrong)]
    last = [("1", "tiny_final.ipynb", right), ("2", "a.ipynb", right), ("2", "b.ipynb", right)]
    last += [("3", "tiny-1.ipynb", right), ("3", "notes.ipynb", wrong), ("4", "tiny.ipynb", right)]
    download(course, handed_in(100, first), "submissions.zip")
    download(course, handed_in(200, last), "later.zip", (2026, 11, 2, 12, 0, 0))
    students, said = collect(course)
    assert students == {
        "1": tiny.RIGHT,
        "2": {"a.ipynb", "b.ipynb"},  # which is it?
        "3": {"tiny.ipynb", "notes.ipynb"},
        "4": {"tiny.ipynb", "draft.ipynb"},
        "5": {"tiny.ipynb", "notes.ipynb"},
    }
    assert "tiny_final.ipynb was handed in last and counts as tiny.ipynb" in said
    assert said.count("and an earlier one is not collected") == 1 and "2: the last attempt has " in said
    assert ("3: tiny.ipynb is graded; with it, or later, came " in said) == ("upload" in pattern)


@pytest.mark.parametrize(("last", "collected"), [(["b", "x"], ["b", "x"]), (["b"], ["a", "b"])])
def test_a_last_attempt_with_some_of_the_notebooks(last, collected):
    attempts = [("1.zip", 1, ["a", "b"]), ("2.zip", 2, last)]
    found = {
        Path(download, name): Handed("1", f"{name}.ipynb", (0, when, ()), Path(download))
        for download, when, names in attempts
        for name in names
    }
    LmsCollector()._settle(found, ["a.ipynb", "b.ipynb"])
    assert sorted({handed.notebook for handed in found.values()}) == [f"{name}.ipynb" for name in collected]


def test_what_else_is_in_an_upload(course, released, packed):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    files = {
        "Ng_1_assignsubmission_file_/a/tiny.ipynb": wrong,
        "Ng_1_assignsubmission_file_/tiny.ipynb": right,
        "Li_2_assignsubmission_file_/.ipynb_checkpoints/tiny-checkpoint.ipynb": right,
        "Wu_3_assignsubmission_file_/work.zip": packed({"__MACOSX/work/._tiny.ipynb": b"", "work/": b""}),
    }
    download(course, files)
    students, said = collect(course)
    assert students == {"1": tiny.RIGHT}
    assert "a/tiny.ipynb: in the same upload as " in said and "an earlier attempt" not in said
    assert "2: no notebook, but .ipynb_checkpoints/tiny-checkpoint.ipynb" in said
    assert "3: no notebook, but work.zip/__MACOSX/work/._tiny.ipynb" in said


def test_names_of_notebooks_that_are_not_released_here(course, released):
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    download(course, {"ng_22_103_tiny.ipynb": wrong, "ng_22_104_tiny-1.ipynb": right})
    shutil.rmtree(course / "release")
    assert collect(course)[0] == {"22": tiny.RIGHT}
    shutil.rmtree(course / "source")
    process = tiny.nbexaminer(course, "zip_collect", "tiny", "--force", program="nbgrader")
    assert process.returncode == 1 and "First: nbgrader generate_assignment tiny" in process.stderr
    assert "Traceback" not in process.stderr and submitted(course) == {"22": tiny.RIGHT}


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_zips_that_do_not_tell_their_encoding(packed, tmp_path, encoding):
    name = "größe.ipynb".encode(encoding)
    zipped = packed({"x" * len(name): b""}).replace(b"x" * len(name), name)
    (tmp_path / "archive").mkdir()
    pack(tmp_path / "archive" / "submissions.zip", {"ng_22_103_work.zip": zipped})
    LmsExtractor().extract(str(tmp_path / "archive"), str(tmp_path / "extracted"))
    assert [path.name for path in tmp_path.glob("extracted/*/*/*")] == ["größe.ipynb"]


def test_a_broken_download_is_told(tmp_path):
    (tmp_path / "download.zip").write_bytes(b"PK")
    with pytest.raises(SystemExit) as exit_:
        LmsExtractor().extract(str(tmp_path), str(tmp_path / "extracted"))
    assert exit_.value.code == 1


@pytest.mark.parametrize(
    ("name", "own", "repeats"),
    [
        ("task.ipynb", "task.ipynb", ()),
        ("task-1.ipynb", "task-1.ipynb", ()),  # its own name, not a repetition of the other one
        ("task-1-2.ipynb", "task-1.ipynb", (2,)),
        ("task-3.ipynb", "task.ipynb", (3,)),
        ("task (1).ipynb", "task.ipynb", (1,)),
        ("task-2(10).ipynb", "task.ipynb", (2, 10)),
        ("gro\u0308\u00dfe-1.ipynb", "part/gr\u00f6\u00dfe.ipynb", (1,)),
        ("task-final.ipynb", "task-final.ipynb", ()),
        ("task-2026.ipynb", "task-2026.ipynb", ()),
        ("task-1xipynb", "task-1xipynb", ()),
    ],
)
def test_names_of_notebooks(name, own, repeats):
    assert own_name(name, ["task.ipynb", "task-1.ipynb", "part/gr\u00f6\u00dfe.ipynb"]) == (own, repeats)


# grades


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """The course with six students: all points, one, all with a penalty, one to look at, hostile, half of them."""
    course = shutil.copytree(released, tmp_path_factory.mktemp("graded") / "course")
    right, wrong = answered(released, tiny.RIGHT), answered(released, tiny.WRONG)
    answers = {"101": right, "102": wrong, "103": right, "104": right, "105": right, "106": wrong}
    download(course, {f"{ZOE}_{number}_assignsubmission_file_/tiny.ipynb": each for number, each in answers.items()})
    assert set(collect(course)[0]) == set(answers)
    assert tiny.nbexaminer(course, "autograde", "tiny").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_student("105", first_name="Eve", last_name=FORMULA)
        gradebook.find_submission("tiny", "103").notebooks[0].late_submission_penalty = 0.5
        gradebook.find_submission("tiny", "104").notebooks[0].grades[0].auto_score = None
        for grade in gradebook.find_submission("tiny", "106").notebooks[0].grades:
            grade.manual_score, grade.needs_manual_grade = 1 / 3, True  # as they are when the cell is graded anew
        gradebook.db.commit()
    return course


POINTS = {"101": "3", "102": "1", "103": "2.5", "105": "3", "106": "0.66667"}


def moodle_row(number, name, grade="", most="3.00", change="Yes", feedback=""):
    mail = f"{number}@example.org"
    return [f"Participant {number}", name, mail, "Submitted for grading", grade, most, change, "Monday", "-", feedback]


def test_moodle_worksheet(graded, tmp_path):
    names = {"101": ZOE, "102": 'O\'Brien, "Bob"\nJr.', "103": "x", "104": "y", "105": FORMULA, "106": "-2+3"}
    rows = WORKSHEET + [moodle_row(number, name, "1.00", feedback="- =good") for number, name in names.items()]
    roster = write(tmp_path / "roster.csv", rows, encoding="utf-8-sig")
    before = roster.read_bytes()
    options = ["--format=moodle", "tiny", f"--roster={roster}", f"--to={tmp_path / 'grades.csv'}"]
    process = tiny.nbexaminer(graded, "export", *options)
    assert process.returncode == 1 and len(process.stderr.splitlines()) == 1
    assert "104: no grade yet: there are cells without points" in process.stderr
    expected = WORKSHEET + [
        moodle_row(number, name, POINTS.get(number, "1.00"), feedback="- =good") for number, name in names.items()
    ]
    expected[5][1], expected[6][1] = f"'{FORMULA}", "'-2+3"
    assert read(tmp_path / "grades.csv") == expected
    assert roster.read_bytes() == before
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf") and b"\r\n" in before
    assert "5 grades for Moodle" in process.stdout


def test_moodle_says_who_is_left_out(graded, tmp_path):
    rows = [moodle_row(101, "a"), moodle_row(102, "b", change="No"), moodle_row(103, "c", most="2.00")]
    rows += [moodle_row(999, "absent")]
    roster = write(tmp_path / "roster.csv", WORKSHEET + rows, delimiter=";", lineterminator="\n")
    status, said = export(graded, "moodle", roster=roster, to=tmp_path / "grades.csv")
    assert status == 1
    assert said == [
        "102: the grade is locked in Moodle",
        "103: Moodle ignores 2.5 points of 2",
        f"999: in {roster}, but not graded here",
        "the maximum grade is 2.00 in Moodle, 3 here: set it in Moodle",
        *(f"{number}: has no row in {roster}" for number in (104, 105, 106)),
    ]
    written = read(tmp_path / "grades.csv", delimiter=";")
    assert [row[4] for row in written] == ["Grade", "3", "", "", ""]
    assert b"\r" not in (tmp_path / "grades.csv").read_bytes()


def test_moodle_in_another_language(graded, tmp_path):
    rows = [["ID", "Bewertung", "Bestwertung", "Zuletzt geändert (Bewertung)"], ["Teilnehmer/in 101", "", "3,00", "-"]]
    roster = write(tmp_path / "roster.csv", rows)
    options = {"roster": roster, "to": tmp_path / "grades.csv", "student": ["101"]}
    status, said = export(graded, "moodle", **options)
    assert status == 2 and "no column 'Identifier'" in said[0] and "other languages" in said[0]
    names = {"identifier": "ID", "grade": "Bewertung", "maximum": "Bestwertung", "modified": rows[0][3]}
    assert export(graded, "moodle", **options, **names) == (0, [])
    assert read(tmp_path / "grades.csv")[1] == ["Teilnehmer/in 101", "3", "3,00", "-"]


def test_moodle_in_another_language_tells_locked_grades(graded, tmp_path):
    rows = [["ID", "Status", "Bewertung", "Bewertung kann geändert werden", "Zuletzt geändert (Bewertung)"]]
    rows += [["Teilnehmer/in 101", "", "", "Nein", "-"], ["Teilnehmer/in 102", "", "", "Ja", "-"]]
    options = {"roster": write(tmp_path / "roster.csv", rows), "to": tmp_path / "grades.csv", "student": ["101", "102"]}
    options |= {"identifier": "ID", "grade": "Bewertung", "modified": rows[0][4], "changeable": rows[0][3]}
    assert export(graded, "moodle", locked="Nein", **options) == (1, ["101: the grade is locked in Moodle"])
    assert [row[2] for row in read(tmp_path / "grades.csv")] == ["Bewertung", "", "1"]


def test_moodle_assignments_that_take_no_points_are_told(graded, tmp_path):
    roster, to = tmp_path / "roster.csv", tmp_path / "grades.csv"
    for before, columns, words in [
        (["Full name"], ["Status", "Group", "Grade", "Maximum grade"], "groups hand in"),
        (["Full name"], ["Status", "Due date", "Group", "Marker", "Grade", "Maximum grade"], "groups hand in"),
        (["Full name"], ["Status", "Grade", "Scale"], "has a scale"),
        (["Full name", "Group", "Scale"], ["Status", "Grade", "Maximum grade"], None),  # of participants' profiles
    ]:
        header = ["Identifier", *before, *columns, "Grade can be changed", "Last modified (grade)"]
        write(roster, [header, ["Participant 101", *[""] * (len(header) - 1)]])
        status, said = export(graded, "moodle", roster=roster, to=to, student=["101"])
        if words:
            assert status == 2 and len(said) == 1 and words in said[0] and str(roster) in said[0]
        assert to.exists() == (not words) and (words or (status, said) == (0, []))


def test_moodle_takes_the_last_column_of_grades(graded, tmp_path):
    header = ["Identifier", "Full name", "Grade", "Status", "Grade", "Maximum grade", "Last modified (grade)"]
    roster = write(tmp_path / "roster.csv", [header, ["Participant 101", "a", "9b", "Submitted", "", "3.00", "-"]])
    assert export(graded, "moodle", roster=roster, to=tmp_path / "grades.csv", student=["101"]) == (0, [])
    assert read(tmp_path / "grades.csv")[1] == ["Participant 101", "a", "9b", "Submitted", "3", "3.00", "-"]


def test_moodle_has_numbers_alone(graded, tmp_path):
    course = shutil.copytree(graded, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.find_submission("tiny", "101").student = gradebook.add_student("zoë")
        gradebook.db.commit()
    options = {"to": tmp_path / "grades.csv", "student": ["zoë", "102"]}
    assert export(course, "moodle", **options) == (1, ["zoë: is not the number of a participant in Moodle"])
    assert [row[0] for row in read(tmp_path / "grades.csv")] == ["Identifier", "Participant 102"]


def test_canvas_gradebook(graded, tmp_path):
    def rows(grades):
        names = {"101": "Müller, Zoë", "102": "O'Brien, Seán", "103": "Ng", "104": "Li", "105": FORMULA, "106": "Wu"}
        people = [[name, who, f"sis{who}", f"login{who}", "A and B", "4.00"] for who, name in names.items()]
        rows = [*GRADEBOOK, *([*row, grades.get(row[1], "9.00"), "88.00"] for row in people)]
        return [*rows, ["Student, Test", "998", "", "", "A", "", "", ""]]

    roster = write(tmp_path / "roster.csv", rows({"106": "EX", "101": ""}))
    said = ["104: no grade yet: there are cells without points", "106: is excused in Canvas"]
    assert export(graded, "canvas", roster=roster, to=tmp_path / "grades.csv") == (1, said)
    expected = rows(POINTS | {"106": "EX"})
    expected[7][0] = f"'{FORMULA}"
    assert read(tmp_path / "grades.csv") == expected


def test_canvas_asks_which_assignment(graded, tmp_path):
    head = [row[:] for row in GRADEBOOK]
    head[0][6] = "Exercise 1, doubling (12)"
    roster = write(tmp_path / "roster.csv", [*head, ["a", "101", "", "", "A", "", "", ""]])
    options = {"roster": roster, "to": tmp_path / "grades.csv", "student": ["101"]}
    status, said = export(graded, "canvas", **options)
    assert status == 2 and not (tmp_path / "grades.csv").exists()
    assert "no column 'tiny', but 'Warm-up (11)', 'Exercise 1, doubling (12)'. Name one: --column" in said[0]
    for column in ("Exercise 1, doubling", "12", "exercise-1-doubling", "Exercise 1, doubling (12)"):
        assert export(graded, "canvas", column=column, **options) == (0, [])
        assert read(tmp_path / "grades.csv")[3][5:7] == ["", "3"]
    status, said = export(graded, "canvas", column="Final Score", **options)
    assert status == 2 and "read only" in said[0]


def canvas(path, columns, *rows, names=("Student",)):
    """A gradebook with 3 points possible in all columns."""
    header = [*names, "ID", "Section", *columns]
    possible = ["    Points Possible", *[""] * (len(names) + 1), *["3.00"] * len(columns)]
    return write(path, [header, possible, *rows])


def test_canvas_numbers_and_exact_titles_win(graded, tmp_path):
    decomposed = unicodedata.normalize("NFD", "Übung")
    for columns, asked, expected in [
        (["Tiny", "TINY (12)"], "", "TINY (12)"),  # the first is one of the teacher's notes
        (["tiny", "Tiny (12)"], "tiny", "Tiny (12)"),
        (["Tiny (12)", "tiny (13)"], "", "tiny (13)"),
        (["C (12)", "C++ (13)"], "C++", "C++ (13)"),
        ([f"{decomposed} (12)", "Übungen (13)"], "Übung", f"{decomposed} (12)"),
        (["Übung (12)", "U"], decomposed, "Übung (12)"),
        (["Other", "Tiny"], "", "Tiny"),  # no file that Canvas has made
        (["Tiny", "Other (12)"], "", None),
        (["Tiny (12)", "TINY (13)"], "", None),
    ]:
        roster = canvas(tmp_path / "roster.csv", columns, ["M", "101", "A", *["" for _ in columns]])
        options = {"roster": roster, "to": tmp_path / "grades.csv", "student": ["101"], "column": asked}
        status, said = export(graded, "canvas", **options)
        assert (status, said) == (0, []) if expected else status == 2 and "Name one: --column" in said[0]
        if expected:
            header, _, row = read(tmp_path / "grades.csv")
            assert row[header.index(expected)] == "3" and row[3:].count("") == len(columns) - 1


@pytest.mark.parametrize("names", [("Student",), ("LastName", "FirstName")])
@pytest.mark.parametrize("number", ["998", "102"])  # not graded, and graded
def test_canvas_test_student_is_left_alone(names, number, graded, tmp_path):
    zoe, test = (["Müller", "Zoë"], ["Student", "Test"]) if len(names) == 2 else (["Müller, Zoë"], ["Student, Test"])
    rows = [[*zoe, "101", "A", ""], [*test, number, "A", ""]]
    roster = canvas(tmp_path / "roster.csv", ["Tiny (12)"], *rows, names=names)
    options = {"roster": roster, "to": tmp_path / "grades.csv", "student": ["101", "102"]}
    expected = [] if number == "102" else [f"102: has no row in {roster}"]
    assert export(graded, "canvas", **options) == (len(expected), expected)
    assert [row[-1] for row in read(tmp_path / "grades.csv")[2:]] == ["3", ""]


def test_canvas_anonymous_grading_is_told(graded, tmp_path):
    course = shutil.copytree(graded, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        for number in ("101", "102"):
            gradebook.find_submission("tiny", number).student = gradebook.add_student(f"anon_{number}")
        gradebook.db.commit()
    roster, to = tmp_path / "roster.csv", tmp_path / "grades.csv"
    canvas(roster, ["Tiny (12)"], *([number, number, "A", ""] for number in ("101", "102", "103")))
    for options in ({}, {"roster": roster}):
        status, said = export(course, "canvas", to=to, student=["anon_101", "anon_102", "103"], **options)
        assert status == 1 and len(said) == 1 and "2 submissions are anonymous" in said[0] and "by hand" in said[0]
        assert [row[-1] for row in read(to)].count("2.5") == 1
        to.unlink()
        status, said = export(course, "canvas", to=to, student=["anon_101", "anon_102"], **options)
        assert status == 2 and "2 submissions are anonymous" in said[0] and len(said) == 2 and not to.exists()

    canvas(roster, ["Tiny (12)"], *([number, number, "A", "N/A"] for number in ("101", "102", "103")))
    status, said = export(graded, "canvas", roster=roster, to=to)
    assert status == 2 and len(said) == 1 and "hides its scores" in said[0] and not to.exists()


def test_without_a_roster(graded, tmp_path):
    left_out = (1, ["104: no grade yet: there are cells without points"])
    assert export(graded, "moodle", to=tmp_path / "moodle.csv") == left_out
    rows = [[f"Participant {number}", grade, "-"] for number, grade in POINTS.items()]
    assert read(tmp_path / "moodle.csv") == [["Identifier", "Grade", "Last modified (grade)"], *rows]
    assert export(graded, "canvas", to=tmp_path / "canvas.csv") == left_out
    header, possible, *rows = read(tmp_path / "canvas.csv")
    assert header == ["Student", "ID", "SIS Login ID", "Section", "tiny"] and possible[::4] == [
        "    Points Possible",
        "3",
    ]
    assert {row[1]: row[4] for row in rows} == POINTS  # an empty grade would delete the one in Canvas
    assert rows[3][0] == f"'{FORMULA}, Eve"


def test_a_cell_without_points_needs_no_grade(graded, tmp_path):
    course = shutil.copytree(graded, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.find_submission("tiny", "104").notebooks[0].grades[0].cell.max_score = 0  # a survey
        gradebook.db.commit()
    assert export(course, "moodle", to=tmp_path / "moodle.csv", student=["104"]) == (0, [])
    assert len(read(tmp_path / "moodle.csv")) == 2


def test_no_grade_of_an_earlier_submission(graded, tmp_path):
    course = shutil.copytree(graded, tmp_path / "course")
    rows = WORKSHEET + [moodle_row(number, "x") for number in (101, 102, 103, 105, 106, 107, 108)]
    options = {"roster": write(tmp_path / "roster.csv", rows), "to": tmp_path / "grades.csv"}
    students = ["101", "102", "103", "105", "106", "107", "108", "109"]
    for path in course.glob("submitted/*/tiny/*.ipynb"):
        path.touch()  # as a later download of the same does
    newer = {"102": "\ndef double(x):\n    return 2 * x\n", "103": tiny.WRONG, "107": tiny.RIGHT}
    for student, answer in newer.items():
        tiny.submit(course, student, answer)
    (course / "submitted" / "105" / "tiny" / tiny.NAME).write_text("{")
    (course / "submitted" / "106" / "tiny" / tiny.NAME).rename(course / "submitted" / "106" / "tiny" / "final.ipynb")
    (tiny.submit(course, "108") / tiny.NAME).write_text("{")
    status, said = export(course, "moodle", student=students, **options)
    assert status == 1 and [row[4] for row in read(tmp_path / "grades.csv")[1:]] == ["3", *[""] * 6]
    newer = "a newer submission of theirs is not graded"
    why = "tiny.ipynb breaks off in line 1. Ask for the file again."
    assert said == [
        *(f"{student}: {newer}: first nbexaminer autograde 'tiny'" for student in ("102", "103")),
        f"105: {newer}: {why}",
        f"106: {newer}: no tiny.ipynb; there is 'final.ipynb': rename it if that is the one.",
        *(f"{student}: not graded: first nbexaminer autograde 'tiny'" for student in ("107", "108")),
    ]

    assert tiny.nbexaminer(course, "autograde", "tiny").returncode == 1
    (tmp_path / "grades.csv").unlink()
    status, said = export(course, "moodle", student=students, **options)
    assert status == 1 and [row[4] for row in read(tmp_path / "grades.csv")[1:]] == ["3", "3", "1", "", "", "3", ""]
    assert said[::2] == [f"105: {newer}: {why}", f"108: not graded: {why}"]
    assert said[1].startswith(f"106: {newer}: no tiny.ipynb")
    status, said = export(course, "moodle", student=["105", "108"], to=tmp_path / "none.csv")
    assert status == 2 and said[:2] == [f"105: {newer}: {why}", f"108: not graded: {why}"]
    assert "There is no grade to write" in said[2] and not (tmp_path / "none.csv").exists()

    tiny.submit(course, "105")
    assert tiny.nbexaminer(course, "autograde", "tiny").returncode == 1
    process = tiny.nbexaminer(course, "export", "--format=moodle", "tiny", "--to=grades.csv")
    assert "105:" not in process.stderr and f"106: {newer}" in process.stderr
    options = ["--exporter=nbexaminer.export.MoodleExporter", "--assignment=tiny", "--to=grades.csv"]
    process = tiny.nbexaminer(course, "export", *options, program="nbgrader")
    assert process.returncode == 1 and f"106: {newer}" in process.stderr


def test_nbgrader_export_takes_the_plugins(graded, tmp_path):
    options = ["--exporter=nbexaminer.export.CanvasExporter", "--assignment=tiny", f"--to={tmp_path / 'canvas.csv'}"]
    process = tiny.nbexaminer(graded, "export", *options, program="nbgrader")
    assert process.returncode == 1 and "104: no grade yet" in process.stderr
    assert len(read(tmp_path / "canvas.csv")) == 2 + len(POINTS)


BAD = {
    "empty": b"",
    "not UTF-8": "Identifier,Grade,Müller".encode("latin-1"),
    "no CSV": b'Identifier,"Grade\nParticipant 101',
    "an archive": b"PK\x03\x04\x00\xff",
    "of the other LMS": b"Student,ID,SIS Login ID,Section,tiny (1)\na,101,,A,\n",
    "headings alone": b"Identifier,Grade,Last modified (grade)\n\n",
    "a heading twice": b"Identifier,Identifier,Grade,Last modified (grade)\nParticipant 101,,,\n",
    "without grades": b"Identifier,Maximum grade,Last modified (grade)\nParticipant 101,,\n",
    "missing": None,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_wrong_file_is_told(content, graded, tmp_path):
    roster, to = tmp_path / "roster.csv", tmp_path / "grades.csv"
    if content is not None:
        roster.write_bytes(content)
    status, said = export(graded, "moodle", roster=roster, to=to)
    assert status == 2 and not to.exists() and len(said) == 1 and str(roster) in said[0]


def test_wrong_commands_are_told(graded, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        LmsExportApp().start()  # no format
    assert exit_.value.code == 2
    for options, words in [
        ({"assignment": []}, "Name one assignment"),
        ({"assignment": ["other"]}, "has no assignment 'other'"),
        ({"to": "/dev/null/x.csv"}, "cannot be written"),
        ({"to": tmp_path}, "cannot be written"),
        ({"to": "."}, "cannot be written"),
        ({"to": "/"}, "cannot be written"),
        ({"student": ["nobody"]}, "Nobody is graded"),
    ]:
        status, said = export(graded, "moodle", **options)
        assert status == 2 and len(said) == 1 and words in said[0]
    assert not list(tmp_path.iterdir())


def test_a_folder_is_made_and_a_link_stays(graded, tmp_path):
    target, link = tmp_path / "new" / "target.csv", tmp_path / "link.csv"
    options = {"student": ["101"]}
    assert export(graded, "moodle", to=target, **options) == (0, [])
    expected = target.read_text()
    target.write_text("older")
    link.symlink_to(target)
    assert export(graded, "moodle", to=link, **options) == (0, [])
    assert link.is_symlink() and target.read_text() == expected
    assert {path.name for path in tmp_path.rglob("*")} == {"new", "target.csv", "link.csv"}


@pytest.mark.parametrize("delimiter", ",;\t")
def test_the_delimiter_is_that_of_the_columns(delimiter, graded, tmp_path):
    others = ",;\t".replace(delimiter, "")
    header = ["Student", "ID", "Section", "Tiny (12)", "Lists, tuples (13)", f"C{others * 6} (14)"]
    points = ["    Points Possible", "", "", "3,00", "1,00", "1,00"]
    rows = [header, points, ["Müller; Zoë", "101", "A, B", "", "", ""]]
    roster = write(tmp_path / "roster.csv", rows, delimiter=delimiter)
    options = {"roster": roster, "to": tmp_path / "grades.csv", "student": ["101"]}
    assert export(graded, "canvas", **options) == (0, [])
    rows[2][3] = "3"
    assert read(tmp_path / "grades.csv", delimiter=delimiter) == rows


def test_formulas_are_defused():
    for cell in ("=1", "+cmd", "-cmd|x", "@SUM(A1)", "\t=1", " =1", '="Müller"'):
        assert defused(cell) == f"'{cell}"
    for cell in ("", "-", "-1.5", "+3", "3,5", "Müller", "O'Brien", "a=b"):
        assert defused(cell) == cell


def test_points_as_text():
    assert [points(score) for score in (0, 3.0, 2.5, 1 / 3, 100)] == ["0", "3", "2.5", "0.33333", "100"]
